import type { Homeserver } from "../homeserver/homeserver";
import type { Identity } from "../homeserver/identity";
import type { Room } from "../homeserver/room";
import type { DeclaredInputs } from "../resource/arguments";
import { isUnknown, type Fault } from "../resource/engine-values";
import { serverOf } from "../synapse/ids";

/** The room as it is now, and where. */
export interface Target {
  readonly room: Room;
  readonly serverName: string;
  /** Undefined if the homeserver does not know the room. */
  readonly identity: Identity | undefined;
  /** Whether a shutdown of this resource has run in it before. */
  readonly hasRunBefore?: boolean;
}

/** Whether the target is known in this preview. */
export function isTargetKnown({ roomId, roomAlias }: DeclaredInputs): boolean {
  return !isUnknown(roomId) && !isUnknown(roomAlias);
}

/** The argument that names the target. */
export function targetProperty({ roomAlias }: DeclaredInputs): "roomId" | "roomAlias" {
  return roomAlias === undefined ? "roomId" : "roomAlias";
}

/**
 * The id of the room that is declared. `keptRooms`: those that resources have reviewed by the alias before. A replacement
 * stays with it, although it is reviewed anew: the alias may have gone with the room, or lead to its notice room by now.
 */
export async function findTarget(
  homeserver: Homeserver,
  { roomId: declared, roomAlias = "" }: DeclaredInputs,
  keptRooms: readonly string[],
): Promise<{ roomId: string } | { fault: Fault }> {
  if (declared !== undefined) return { roomId: declared };
  const fault = (reason: string) => ({ fault: { property: "roomAlias", reason } });
  const target = await homeserver.aliasTarget(roomAlias);
  const [kept, ...more] = keptRooms;
  if (kept !== undefined && more.length === 0 && (target === undefined || target === kept)) {
    return { roomId: kept };
  }
  if (kept !== undefined) {
    return fault(
      `points to ${target ?? "no room"} now. When this program was reviewed before, it pointed to ` +
        `${keptRooms.join(" and to ")}. Which of these rooms is meant has to be said: declare its roomId instead.`,
    );
  }
  if (target === undefined) {
    const serverName = await homeserver.serverName();
    if (serverOf(roomAlias) === serverName) {
      return fault(
        `is an alias that points to no room: ${serverName} has none of this name. Check the alias, or declare the roomId.`,
      );
    }
    return fault(
      `is an alias that ${serverName} can't resolve: the other server, whose alias it is, says that it has none of this name, or ` +
        "is no Matrix server any more. Check the alias, or declare the roomId.",
    );
  }
  const maker = await homeserver.tasks.makerOf(target);
  if (maker === undefined) return { roomId: target };
  return fault(
    `points to ${target}, the notice room that the shutdown of ${maker.roomId ?? "another room"} has made (delete_id ` +
      `${maker.deleteId}). Declare the roomId of the room that is meant.`,
  );
}
