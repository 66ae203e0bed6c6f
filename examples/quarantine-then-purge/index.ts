import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** Closed now, with its history kept as evidence. Purged once the case is closed: when this resource is deleted. */
export const { deleteId, status, kickedUsers, blocked, purged, quarantinedMedia } =
  new SynapseRoomShutdown(
    "evidence",
    {
      roomId: config.require("roomId"),
      runOn: "both",
      block: true,
      purge: false,
      quarantineMedia: true,
      onDelete: { purge: true },
    },
    // The preview of a delete does not say that it purges: so nobody deletes this without being asked.
    { protect: config.getBoolean("protect") ?? true },
  );
