import { isDeepStrictEqual } from "node:util";
import { hasEnded } from "../synapse/task-watcher";
import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { review } from "./review";
import { Shutdown, optionsOnCreate } from "./shutdown";
import { notRun, withoutInputs, type RoomShutdownState } from "./state";

/**
 * Runs when an option has changed, and after a create or update that failed. An unfinished shutdown is resumed. One that
 * has not run, has failed or left something behind runs again. A changed block is set. The rest is recorded: nothing that
 * has happened can be undone.
 */
export async function update(
  host: Host,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  let state: RoomShutdownState = { ...withoutInputs(olds), ...news };
  if (news.runOn === "delete") return { ...state, status: olds.status ?? notRun };

  const homeserver = host.connect();
  const options = optionsOnCreate(news);
  const isUnfinished = state.deleteId !== undefined && !hasEnded(state.status);
  if (isUnfinished) {
    // With the options that it was started with: what has changed since comes after.
    state = await new Shutdown(host, homeserver, "create", optionsOnCreate(olds), state).resume();
    if (!hasEnded(state.status)) return state; // wait is false
  }
  if (mustRun(state)) {
    // The target is the one that was reviewed at first: if the room is gone by now, that is no mistyped id.
    const reviewed = await review(homeserver, { ...news, allowUnknownRoom: true });
    return new Shutdown(host, homeserver, "create", options, { ...state, ...reviewed }).run(state.deleteId);
  }
  const shutdown = new Shutdown(host, homeserver, "create", options, state);
  if (isDeepStrictEqual(options, optionsOnCreate(olds))) return shutdown.resume(); // The last check failed.
  if (news.block === olds.block) {
    host.log(news.roomId, "recorded: what has happened to the room is neither undone nor done again");
  } else {
    await homeserver.client.setRoomBlock(news.roomId, news.block);
    host.log(news.roomId, news.block ? "blocked" : "no longer blocked");
  }
  return shutdown.recheck();
}

/** Whether there was no shutdown yet, or the last one has left the room or somebody in it. */
function mustRun({ deleteId, status, failedToKickUsers = [], purge, purged }: RoomShutdownState): boolean {
  if (deleteId === undefined || status !== "complete") return true;
  return purged === false && (purge || failedToKickUsers.length > 0);
}
