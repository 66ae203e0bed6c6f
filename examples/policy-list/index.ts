import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { bannedRooms } from "./policy-list";

const config = new pulumi.Config();
const synapse = new pulumi.Config("synapse");

/** One resource for each room that the list bans. Pulumi waits for the promise. */
async function declare(): Promise<Record<string, pulumi.Output<string | undefined>>> {
  const rooms = await bannedRooms({
    homeserverUrl: process.env["SYNAPSE_HOMESERVER_URL"] || synapse.require("homeserverUrl"),
    accessToken: process.env["POLICY_LIST_TOKEN"] ?? "",
    listRoomId: config.require("listRoomId"),
  });
  const entries = rooms.map(({ roomId, reason }): [string, pulumi.Output<string | undefined>] => {
    void pulumi.log.info(`${roomId} is banned: ${reason}`);
    // A list names rooms that nobody of this homeserver has ever joined, too: they are blocked.
    return [
      roomId,
      new SynapseRoomShutdown(roomId, { roomId, block: true, allowUnknownRoom: true }).status,
    ];
  });
  return Object.fromEntries(entries);
}

export const statuses = declare();
