import type { Room } from "../homeserver/room";
import { mayHaveReturned } from "../resource/outcome";
import type { RoomShutdownState } from "../resource/state";
import { list, plural } from "../resource/words";
import type { DeleteRoomOptions, RoomDetails } from "../synapse/schemas";
import { forcePurgeHint } from "./failures";

// What a room is like after its shutdown: what is seen of it (observeEnd, whatRemains), and what that means (all else, which
// is pure). Who asks decides what to do about it. Only memberships tell who is in a room: the numbers among the details are
// statistics, which can be missing, late and wrong.

/** What can be seen of a room after its shutdown. */
export interface End {
  /** Undefined if the homeserver does not have the room. */
  readonly details: RoomDetails | undefined;
  readonly blocked: boolean;
  /** Whom Synapse lists as not removed, and whom nothing shows to be outside. */
  readonly left: string[];
  /**
   * Whom Synapse lists as not removed, and who is outside all the same: it lists those, too, whom it could not join to the
   * notice room, such as suspended ones.
   */
  readonly outside: string[];
  /** Other local users in the room: they have joined it again. */
  readonly back: string[];
}

/**
 * Looks at a room after a shutdown. `isUnforced`: it was purged by a shutdown of ours without force, which Synapse refuses
 * while a local user is in the room. Of any other room that the homeserver does not have, nothing shows who was in it.
 */
export async function observeEnd(
  room: Room,
  { failedToKickUsers: listed = [] }: Pick<RoomShutdownState, "failedToKickUsers">,
  isUnforced = false,
): Promise<End> {
  const [details, blocked] = await Promise.all([room.details(), room.isBlocked()]);
  const joined = details && (await room.joinedLocally());
  if (joined === undefined) {
    const [left, outside] = isUnforced ? [[], listed] : [listed, []];
    return { details: undefined, blocked, left, outside, back: [] };
  }
  const notJoined = listed.filter((user) => !joined.includes(user));
  const outside = notJoined.length === 0 ? [] : await room.outside(notJoined);
  const left = listed.filter((user) => !outside.includes(user));
  const back = joined.filter((user) => !left.includes(user));
  return { details, blocked, left, outside, back };
}

/** The state with what was seen after a shutdown with these options. */
export function withEnd(
  state: RoomShutdownState,
  end: End,
  options: DeleteRoomOptions,
): RoomShutdownState {
  const { details, blocked, left, back } = end;
  const failedToKickUsers = mayHaveReturned(state) ? [...left, ...back] : left;
  return {
    ...state,
    blocked,
    purged: details === undefined && wasThere(state, options),
    failedToKickUsers,
  };
}

/** Whether a room that the homeserver does not have was purged: not if it never had it, unless a purge is through. */
function wasThere(state: RoomShutdownState, { purge }: DeleteRoomOptions): boolean {
  const isPurged = state.status === "complete" && purge;
  return state.room !== undefined || isPurged || state.purged === true;
}

/**
 * What is left to do in a room, as the end of a sentence about it, or undefined if that is nothing. A room that the homeserver
 * does not have is emptied, and one that is kept is if no local user has joined it.
 */
export async function whatRemains(
  room: Room,
  { purge }: Pick<DeleteRoomOptions, "purge">,
): Promise<string | undefined> {
  if ((await room.details()) === undefined) return undefined;
  const joined = await room.joinedLocally();
  if (joined === undefined || (!purge && joined.length === 0)) return undefined;
  return `is still there with ${joined.length} local ${plural(joined.length, "member")}`;
}

/** What is said where the homeserver has no record of a shutdown any more. `remains`: what is left to do in the room, if anything. */
export function withoutRecord(remains: string | undefined): string {
  return remains === undefined
    ? "the homeserver has no record of the shutdown any more, but it has nothing left to do in the room"
    : `the homeserver has no record of the shutdown any more, and the room ${remains}`;
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
  if (left.length > 0 && details !== undefined) {
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

/** What is to be said of users whom Synapse lists as not removed, without being a gap. */
export function remarksOn(
  { details, left, outside }: End,
  { newRoomUserId }: DeleteRoomOptions,
): string[] {
  const remarks: string[] = [];
  if (outside.length > 0) {
    remarks.push(
      newRoomUserId === undefined
        ? `Synapse lists as not removed, but they are not in the room: ${list(outside)}`
        : `removed, but not joined to the notice room: ${list(outside)}`,
    );
  }
  if (left.length > 0 && details === undefined) {
    remarks.push(
      `warning: Synapse could not remove ${list(left)}, and the homeserver no longer has the room`,
    );
  }
  return remarks;
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
  return lossOf(options, purged);
}

/** The same of any shutdown: one that nobody else has started, or that has no record, can only find that the room is gone. */
export function departure(
  options: DeleteRoomOptions,
  seen: Parameters<typeof contradiction>[1],
  isAdopted: boolean,
): string | undefined {
  return isAdopted ? contradiction(options, seen) : lossOf(options, seen.purged);
}

/** That a room which was to be kept is gone: whoever has purged it, its shutdown has not done what is declared. */
function lossOf({ purge }: DeleteRoomOptions, purged: boolean): string | undefined {
  return !purge && purged ? "it is purged, although it was to be kept" : undefined;
}
