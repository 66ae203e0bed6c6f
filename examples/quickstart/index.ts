import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** What it exports, `pulumi stack output` shows afterwards. */
export const { deleteId, status, kickedUsers, blocked, purged } = new SynapseRoomShutdown(
  "spam-room",
  {
    roomId: config.require("roomId"),
    block: true,
  },
);
