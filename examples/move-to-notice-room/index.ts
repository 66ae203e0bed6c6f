import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** The members are moved to a new room where they read why. Local aliases point to it. */
export const { status, newRoomId, kickedUsers, localAliases } = new SynapseRoomShutdown("closed", {
  roomAlias: config.require("roomAlias"),
  block: true,
  newRoomUserId: config.require("newRoomUserId"),
  roomName: "This room was closed",
  message: "This room was closed because of our code of conduct. Questions: abuse@example.org",
});
