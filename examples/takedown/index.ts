import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** The room goes, and nobody of this homeserver can join it again. What was in it is in a file, which is no part of the state. */
export const { deleteId, status, kickedUsers, blocked, purged, archive } = new SynapseRoomShutdown(
  "takedown",
  {
    roomId: config.require("roomId"),
    block: true,
    purge: true,
    quarantineMedia: true,
    archiveFile: config.get("archiveFile") ?? "evidence.jsonl.gz",
    expect: { name: config.require("expectedName") },
  },
);
