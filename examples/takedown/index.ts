import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** The room goes, and nobody of this homeserver can join it again. */
export const { deleteId, status, kickedUsers, blocked, purged } = new SynapseRoomShutdown(
  "takedown",
  {
    roomId: config.require("roomId"),
    block: true,
    purge: true,
    quarantineMedia: true,
    expect: { name: config.require("expectedName") },
  },
);
