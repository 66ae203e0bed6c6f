import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, type RoomExpectations } from "pulumi-synapse";
import { parse } from "yaml";

/** A room of the file: what it must be like, and why it goes, for those who review it. */
interface SpamRoom {
  readonly roomId: string;
  readonly expect: RoomExpectations;
  readonly reason?: string;
}

const file = new pulumi.Config().get("rooms") ?? join(__dirname, "rooms.yaml");
const listed = (parse(readFileSync(file, "utf8")) ?? []) as SpamRoom[];

/** Lists that were appended can have a room twice: once is enough, if both say the same of it. */
const rooms = new Map<string, SpamRoom>();
for (const room of listed) {
  const earlier = rooms.get(room.roomId);
  if (earlier !== undefined && !isDeepStrictEqual(earlier.expect, room.expect)) {
    throw new pulumi.RunError(
      `${file} has ${room.roomId} twice, and expects different things of it: remove one of them.`,
    );
  }
  rooms.set(room.roomId, { ...earlier, ...room });
}

/** Why each room goes, which the preview shows, and what became of it. */
export const shutdowns = Object.fromEntries(
  [...rooms.values()].map(({ roomId, expect, reason = "(none given)" }) => {
    // Named by the room, and not by its place in the file: a line more or less must not touch the others.
    const { status } = new SynapseRoomShutdown(roomId, {
      roomId,
      block: true,
      expect,
      maxAttempts: 3,
    });
    return [roomId, { reason, status }];
  }),
);
