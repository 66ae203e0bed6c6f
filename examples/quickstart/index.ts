import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

const shutdown = new SynapseRoomShutdown("spam-room", {
  roomId: config.require("roomId"),
  block: true,
  purge: true,
});

export const deleteId = shutdown.deleteId;
export const status = shutdown.status;
export const kickedUsers = shutdown.kickedUsers;
export const blocked = shutdown.blocked;
export const purged = shutdown.purged;
