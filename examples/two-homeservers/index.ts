import * as pulumi from "@pulumi/pulumi";
import { SynapseProvider, SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** The homeserver of the stack's configuration needs no provider. */
const first = new SynapseRoomShutdown("spam", { roomId: config.require("roomId"), block: true });

/** Another one has its own address, and its token in an environment variable of its own. */
const eu = new SynapseProvider("eu", {
  homeserverUrl: config.require("euHomeserverUrl"),
  accessTokenEnv: "EU_ACCESS_TOKEN",
});
const second = new SynapseRoomShutdown(
  "spam-eu",
  { roomId: config.require("euRoomId"), block: true },
  { provider: eu },
);

/** What became of each. A room that is shared by both has the same id on both. */
export const shutdowns = [first, second].map(({ serverName, roomId, status, kickedUsers }) => ({
  serverName,
  roomId,
  status,
  kickedUsers,
}));
