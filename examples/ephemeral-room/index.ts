import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";

const config = new pulumi.Config();

/** Nothing happens to the room while this stack is there: `status` is `not-run`. It is shut down when the stack is destroyed. */
export const { status, room } = new SynapseRoomShutdown(
  "review-room",
  {
    roomId: config.require("roomId"),
    runOn: "delete",
    purge: true,
    expect: { maxLocalMembers: 50 },
  },
  // The preview of a delete does not say that it shuts a room down: so nobody deletes this without being asked.
  { protect: config.getBoolean("protect") ?? true },
);
