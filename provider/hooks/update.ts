import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { review } from "./review";
import { followShutdown, observe, optionsOnCreate, shutDown } from "./shutdown";
import { notRun, type RoomShutdownState } from "./state";

/**
 * Runs when an option has changed, and after a create or update that failed. An unfinished shutdown is resumed. One that
 * failed, has not run or did not purge what is to be purged now runs. A changed block is set. The rest is recorded: nothing
 * that has happened can be undone.
 */
export async function update(
  host: Host,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  const state: RoomShutdownState = { ...onlyOutcome(olds), ...news };
  if (news.runOn === "delete") return { ...state, status: olds.status ?? notRun };

  const homeserver = host.connect();
  const { deleteId, status } = olds;
  if (deleteId === undefined || status === "failed" || status === "cancelled" || (news.purge && !olds.purge)) {
    // The target is the one that was reviewed at first: if the room is gone by now, that is no mistyped id.
    const reviewed = await review(homeserver, { ...news, allowUnknownRoom: true });
    return shutDown(host, homeserver, { ...state, ...reviewed }, optionsOnCreate(news));
  }
  if (news.block !== olds.block) {
    await homeserver.client.setRoomBlock(news.roomId, news.block);
    host.log(news.roomId, news.block ? "blocked" : "no longer blocked");
    Object.assign(state, await observe(homeserver, news.roomId));
  }
  return followShutdown(host, homeserver, { ...state, deleteId }, optionsOnCreate(news));
}

/** The state without its inputs: an option that the program no longer sets must not stay. */
function onlyOutcome(state: RoomShutdownState): Pick<RoomShutdownState, "serverName" | "homeserverUrl"> {
  const { newRoomUserId, roomName, message, onDelete, ...rest } = state;
  return rest;
}
