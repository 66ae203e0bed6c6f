import type { Homeserver } from "../homeserver/homeserver";
import { optionsOnDelete } from "../resource/delete-options";
import { isUnfinished, noRecord } from "../resource/outcome";
import { roomLabel, type RoomShutdownState } from "../resource/state";
import { FollowedShutdown } from "../shutdown/followed-shutdown";
import { shutDown } from "../shutdown/shutdown";
import type { Operation } from "./operation";

/**
 * Shuts the room down, or lifts its block, if the program says so. Otherwise nothing: a shutdown that has happened can't be
 * undone.
 */
export async function deleteRoom(operation: Operation, state: RoomShutdownState): Promise<void> {
  const last =
    state.runOn === "create" ? await leave(operation, state) : await shutDownNow(operation, state);
  operation.siblings.noteDelete(last);
}

async function leave(operation: Operation, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { roomId, unblockOnDelete } = state;
  const isReplaced = operation.siblings.supersededIn(roomId) !== undefined;
  if (!unblockOnDelete) {
    operation.log(roomLabel(state), whatStays(state, isReplaced));
    return state;
  }
  if (operation.siblings.blocked.has(roomId)) {
    operation.log(
      roomLabel(state),
      `the block stays, since the program still declares it. ${whatStays(state, isReplaced)}`,
    );
    return state;
  }
  const homeserver = operation.connect();
  await homeserver.assertIs(state);
  // Its task blocks the room when it begins, which may be later.
  const ended = await afterItsEnd(homeserver, state);
  const room = homeserver.room(roomId);
  room.label = roomLabel(state);
  await room.putBlock(false);
  const blocked = await room.isBlocked();
  if (blocked) {
    throw new Error(
      `The block of ${roomId} was lifted, but the homeserver still has it. Run this again.`,
    );
  }
  room.log(`no longer blocked (unblockOnDelete). ${whatStays({ ...ended, blocked }, isReplaced)}`);
  return ended;
}

async function shutDownNow(
  operation: Operation,
  state: RoomShutdownState,
): Promise<RoomShutdownState> {
  const homeserver = operation.connect();
  await homeserver.assertIs(state);
  const ended = await afterItsEnd(homeserver, state);
  const options = optionsOnDelete(state);
  const room = homeserver.room(state.roomId);
  room.label = roomLabel(state);
  if ((await room.details()) === undefined) {
    if (options.block) await room.putBlock(true);
    const blocked = options.block ? "; it is blocked" : "";
    room.log(`the homeserver no longer has the room: no shutdown runs${blocked}`);
    return ended;
  }
  return shutDown(homeserver, "delete", options, ended);
}

async function afterItsEnd(
  homeserver: Homeserver,
  state: RoomShutdownState,
): Promise<RoomShutdownState> {
  if (!isUnfinished(state)) return state;
  return new FollowedShutdown(homeserver, "create", state).end();
}

function whatStays(state: RoomShutdownState, isReplaced: boolean): string {
  const { deleteId = "", status = "not known", blocked = false, purged = false } = state;
  const { purgeDueAt } = state;
  if (isUnfinished(state)) {
    return `its shutdown can't be cancelled and goes on at the homeserver (delete_id ${deleteId}, ${status})`;
  }
  if (status === noRecord) {
    return `nothing is undone: the homeserver has no record of its last shutdown any more (delete_id ${deleteId})`;
  }
  if (status !== "complete") {
    return `nothing is undone: its last shutdown ended as "${status}" (delete_id ${deleteId})`;
  }
  if (purgeDueAt !== undefined && !isReplaced) {
    return `nothing is undone: the room is kept, and nobody will purge it now (it was to be purged after ${purgeDueAt})`;
  }
  return `nothing is undone: the room stays ${purged ? "purged" : "shut down"}${blocked ? " and blocked" : ""} (runOn is "create")`;
}
