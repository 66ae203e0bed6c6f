import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "./operation";
import { Shutdown, optionsOnCreate, optionsOnDelete } from "../shutdown/shutdown";
import { isUnfinished, type RoomShutdownState } from "../resource/state";

/**
 * Shuts the room down, or lifts its block, if the program says so. Otherwise nothing: a shutdown that has happened can't be
 * undone.
 */
export async function deleteRoom(host: Host, state: RoomShutdownState): Promise<void> {
  const last = state.runOn === "create" ? await leave(host, state) : await shutDown(host, state);
  host.operation.noteDelete(state, last.deleteId);
}

async function leave(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { roomId, unblockOnDelete } = state;
  if (!unblockOnDelete) {
    host.log(roomId, whatStays(state));
    return state;
  }
  if (host.operation.blocked.has(roomId)) {
    host.log(roomId, `the block stays, since the program still declares it. ${whatStays(state)}`);
    return state;
  }
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  // Its task blocks the room when it begins, which may be later.
  const ended = await afterItsEnd(host, homeserver, state);
  await homeserver.client.setRoomBlock(roomId, false);
  const blocked = await homeserver.client.isRoomBlocked(roomId);
  if (blocked)
    throw new Error(
      `The block of ${roomId} was lifted, but the homeserver still has it. Run this again.`,
    );
  host.log(roomId, `no longer blocked (unblockOnDelete). ${whatStays({ ...ended, blocked })}`);
  return ended;
}

async function shutDown(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { roomId } = state;
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  const ended = await afterItsEnd(host, homeserver, state);
  const options = optionsOnDelete(state);
  if ((await homeserver.room(roomId)) === undefined) {
    if (options.block) await homeserver.client.setRoomBlock(roomId, true);
    host.log(roomId, `the room is already gone${options.block ? ", and blocked" : ""}`);
    return ended;
  }
  return new Shutdown(host, homeserver, "delete", options, ended).run();
}

async function afterItsEnd(
  host: Host,
  homeserver: Homeserver,
  state: RoomShutdownState,
): Promise<RoomShutdownState> {
  return isUnfinished(state)
    ? new Shutdown(host, homeserver, "create", optionsOnCreate(state), state).end()
    : state;
}

function whatStays(state: RoomShutdownState): string {
  const { deleteId = "", status = "not known", blocked = false, purged = false } = state;
  if (isUnfinished(state)) {
    return `its shutdown can't be cancelled and goes on at the homeserver (delete_id ${deleteId}, ${status})`;
  }
  if (status !== "complete")
    return `nothing is undone: its last shutdown ended as "${status}" (delete_id ${deleteId})`;
  return `nothing is undone: the room stays ${purged ? "purged" : "shut down"}${blocked ? " and blocked" : ""} (runOn is "create")`;
}
