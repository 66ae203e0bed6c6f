import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { optionsOnDelete } from "../resource/delete-options";
import { isUnfinished, noRecord } from "../resource/outcome";
import { idsOf, roomLabel, type RoomShutdownState } from "../resource/state";
import { FollowedShutdown } from "../shutdown/followed-shutdown";
import { shutDown } from "../shutdown/shutdown";
import type { Operation } from "./operation";

/**
 * Shuts the room down, or lifts its block, if the program says so. Otherwise nothing: a shutdown that has happened can't be
 * undone.
 */
export async function deleteRoom(operation: Operation, state: RoomShutdownState): Promise<void> {
  refuseReplacedUpdate(operation, state);
  const last =
    state.runOn === "create" ? await leave(operation, state) : await shutDownNow(operation, state);
  operation.siblings.noteDelete(last);
}

/** The program refuses `replaceOnChanges`, but does not see it where a transformation of the stack adds it. */
function refuseReplacedUpdate({ siblings }: Operation, state: RoomShutdownState): void {
  if (!siblings.isUpdatePlanned(state)) return;
  throw new Error(
    `${state.roomId} was to be updated, as the preview says, but Pulumi replaces its resource. Nothing was done. Take the option ` +
      "replaceOnChanges away from it, which a transformation may add, or from the program.",
  );
}

async function leave(operation: Operation, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { roomId, unblockOnDelete } = state;
  const isReplaced = operation.siblings.supersededIn(roomId) !== undefined;
  if (!unblockOnDelete) {
    operation.log(roomLabel(state), whatStays(state, isReplaced));
    return state;
  }
  if (operation.siblings.isBlockDeclared(roomId)) {
    operation.log(
      roomLabel(state),
      `the block stays, since the program still declares it; ${whatStays(state, isReplaced)}`,
    );
    return state;
  }
  const homeserver = operation.connect();
  await homeserver.assertIs(state);
  // Its task blocks the room when it begins, which may be later.
  const ended = await afterItsEnd(homeserver, state);
  const room = homeserver.room(roomId);
  room.label = roomLabel(state);
  const stays = (blocked: boolean) => whatStays({ ...ended, blocked }, isReplaced);
  await liftBlock(homeserver, room, ended, stays);
  return ended;
}

/** Lifts the block of a room if it is only this resource's, and says what has become of it. */
async function liftBlock(
  homeserver: Homeserver,
  room: Room,
  state: RoomShutdownState,
  stays: (blocked: boolean) => string,
): Promise<void> {
  const { block, userId } = await room.block();
  if (!block) {
    room.log(`not blocked any more: there is no block to lift; ${stays(false)}`);
    return;
  }
  const why = await whyKept(homeserver, room, state, userId);
  if (why !== undefined) {
    room.log(
      `warning: the block stays, in spite of unblockOnDelete, since ${why}. To lift it all the same, send ` +
        `PUT /_synapse/admin/v1/rooms/${encodeURIComponent(room.id)}/block with {"block": false}; ${stays(true)}`,
    );
    return;
  }
  await room.putBlock(false);
  if (await room.isBlocked()) {
    throw new Error(
      `The block of ${room.id} was lifted, but the homeserver still has it. Run this again.`,
    );
  }
  room.log(`no longer blocked (unblockOnDelete); otherwise ${stays(false)}`);
}

/**
 * Why the block may be somebody else's, too: of a moderator, of a resource with a connection of its own, of another stack. What
 * this operation does not see of them, only the homeserver can tell.
 */
async function whyKept(
  homeserver: Homeserver,
  room: Room,
  state: RoomShutdownState,
  userId: string | undefined,
): Promise<string | undefined> {
  if (userId === undefined) return "the homeserver does not tell who has set it";
  if (userId !== (await homeserver.admin())) return `${userId} has set it`;
  const own = idsOf(state);
  const other = (await room.shutdowns()).find(({ deleteId }) => !own.includes(deleteId));
  return other && `the homeserver has another shutdown of the room (delete_id ${other.deleteId})`;
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
    const isLost = !options.purge && state.purged !== true;
    const blocked = options.block ? "; it is blocked" : "";
    room.log(
      `the homeserver no longer has the room${isLost ? ", although it was to be kept" : ""}: no shutdown runs${blocked}`,
    );
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
