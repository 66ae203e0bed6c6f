import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { parse } from "yaml";

/** A room of the file: why it goes, and what it must be like. */
interface SpamRoom {
  readonly roomId: string;
  readonly reason: string;
  readonly maxLocalMembers?: number;
}

const file = new pulumi.Config().get("rooms") ?? join(__dirname, "rooms.yaml");
const { rooms } = parse(readFileSync(file, "utf8")) as { rooms: SpamRoom[] };

/** What became of each room. */
export const statuses = Object.fromEntries(
  rooms.map(({ roomId, maxLocalMembers = 20 }) => {
    // Named by the room, and not by its place in the file: a line more or less must not touch the others.
    const shutdown = new SynapseRoomShutdown(roomId, {
      roomId,
      block: true,
      expect: { maxLocalMembers },
      maxAttempts: 3,
    });
    return [roomId, shutdown.status];
  }),
);
