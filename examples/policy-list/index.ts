import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { bannedRooms } from "./policy-list";

const config = new pulumi.Config();
const synapse = new pulumi.Config("synapse");

/** A room that the list bans, and what became of it. */
interface Shutdown {
  readonly reason: string;
  readonly status: pulumi.Output<string | undefined>;
}

/** One resource for each room that the list bans. */
async function declare(): Promise<Record<string, Shutdown>> {
  const rooms = await bannedRooms({
    homeserverUrl: process.env["SYNAPSE_HOMESERVER_URL"] || synapse.require("homeserverUrl"),
    accessToken: process.env["POLICY_LIST_TOKEN"] ?? "",
    listRoomId: config.require("listRoomId"),
  });
  return Object.fromEntries(
    rooms.map(({ roomId, reason }) => {
      // A list names rooms that nobody of this homeserver has ever joined, too: they are blocked.
      const args = { roomId, block: true, allowUnknownRoom: true };
      return [roomId, { reason, status: new SynapseRoomShutdown(roomId, args).status }];
    }),
  );
}

/** Why each room goes, which the preview shows, and what became of it. Pulumi waits for the promise. */
export const shutdowns = declare();
