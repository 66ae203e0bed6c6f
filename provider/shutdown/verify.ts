import type { Room } from "../homeserver/room";
import type { RoomShutdownState } from "../resource/state";
import { list } from "../resource/words";
import { serverOf } from "../synapse/ids";
import type { DeleteRoomOptions, RoomDetails } from "../synapse/schemas";
import { forcePurgeHint } from "./failures";

// What a room is like after its shutdown: what is seen of it (observeEnd), and what that means (all else, which is pure). Who
// asks decides what to do about it.

/** What can be seen of a room after its shutdown. */
export interface End {
  /** Undefined once it is purged. */
  readonly details: RoomDetails | undefined;
  readonly blocked: boolean;
  /**
   * Who could not be removed and is still there. Synapse also lists users who have left, but could not be joined to the
   * notice room, such as suspended ones.
   */
  readonly left: string[];
  /** Other local users in the room: they have joined it again. */
  readonly back: string[];
}

type Shut = Pick<RoomShutdownState, "serverName" | "failedToKickUsers">;

/** Looks at a room after its shutdown. Who is in it counts by membership: the number among the details lags behind. */
export async function observeEnd(
  room: Room,
  { serverName, failedToKickUsers = [] }: Shut,
): Promise<End> {
  const [details, blocked] = await Promise.all([room.details(), room.isBlocked()]);
  const seen = { details, blocked };
  const isEmpty = details?.joinedLocalMembers === 0 && failedToKickUsers.length === 0;
  if (details === undefined || isEmpty) return { ...seen, left: [], back: [] };
  const memberships = await room.memberships();
  const left = failedToKickUsers.filter((user) =>
    ["join", "invite", "knock"].includes(memberships.get(user) ?? "leave"),
  );
  const back = [...memberships.entries()]
    .filter(
      ([user, membership]) =>
        membership === "join" && serverOf(user) === serverName && !left.includes(user),
    )
    .map(([user]) => user);
  return { ...seen, left, back };
}

/** The state with what was seen after its shutdown. */
export function withEnd(state: RoomShutdownState, end: End): RoomShutdownState {
  const { details, blocked, left, back } = end;
  // After a shutdown that has failed, whoever is in the room need not have joined it again.
  const failedToKickUsers = state.status === "complete" ? [...left, ...back] : left;
  return { ...state, blocked, purged: details === undefined, failedToKickUsers };
}

/** Whether there is nothing left to do in a room. */
export function isEmptied(
  details: RoomDetails | undefined,
  { purge }: Pick<DeleteRoomOptions, "purge">,
): boolean {
  return details === undefined || (!purge && details.joinedLocalMembers === 0);
}

/** Whether a room that was shut down is alive again: joined by local users, and open to more. */
export function isAliveAgain(state: RoomShutdownState, { blocked, back }: End): boolean {
  const wasDone = state.status === "complete" && (state.failedToKickUsers ?? []).length === 0;
  return wasDone && !blocked && back.length > 0;
}

/** What is missing of a shutdown that is reported as complete, a sentence for each. */
export function gapsOf(
  { details, blocked, left, back }: End,
  options: DeleteRoomOptions,
): string[] {
  const gaps: string[] = [];
  if (left.length > 0) {
    gaps.push(
      `${left.length} of its local users could not be removed: ${list(left)}. ${forcePurgeHint}`,
    );
  }
  if (back.length > 0) {
    gaps.push(`${back.length} local users have joined it again: ${list(back)}.`);
  }
  if (options.purge && details !== undefined && back.length === 0) {
    gaps.push("The homeserver still has the room: somebody may have joined it again.");
  }
  if (options.block && !blocked) {
    gaps.push("The room is not blocked: somebody may have lifted the block.");
  }
  return gaps;
}

/** How what a shutdown has visibly done differs from what is wanted, if it does so beyond repair. */
export function contradiction(
  options: DeleteRoomOptions,
  { newRoomId, purged }: { newRoomId: string | undefined; purged: boolean },
): string | undefined {
  if (options.newRoomUserId !== undefined && newRoomId === undefined) {
    return "no notice room was made, although newRoomUserId is declared";
  }
  if (options.newRoomUserId === undefined && newRoomId !== undefined) {
    return `the members were moved to the notice room ${newRoomId}, although newRoomUserId is not declared`;
  }
  if (!options.purge && purged) return "it is purged, although purge is false";
  return undefined;
}
