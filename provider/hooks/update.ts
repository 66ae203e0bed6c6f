import type { DeleteRoomOptions } from "../synapse/schemas";
import type { Homeserver } from "./homeserver";
import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { findRoom } from "./review";
import { Shutdown, optionsOnCreate } from "./shutdown";
import { isUnfinished, mustRun, notRun, withInputs, type RoomShutdownState } from "./state";

/**
 * Runs when an option has changed, and where the last operation has not brought about what is declared. An unfinished
 * shutdown is resumed. One that has not run, has failed or left something behind runs again. A changed block is set. The
 * rest is recorded: nothing that has happened can be undone.
 */
export async function update(
  host: Host,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  if (news.runOn === "delete" && !isUnfinished(olds))
    return { ...withInputs(olds, news), status: olds.status ?? notRun };
  const homeserver = host.connect();
  await homeserver.assertIs(olds);

  const ended = isUnfinished(olds) ? await resume(host, homeserver, olds, news) : olds;
  if (isUnfinished(ended)) {
    host.log(
      ended.roomId,
      "the shutdown goes on (wait is false); what has changed since is for the first `up` after its end",
    );
    return ended;
  }
  const state = withInputs(ended, news);
  if (news.runOn === "delete") return state;

  if (mustRun(ended, news)) {
    // The shutdown itself sets a block once the guards hold, but it never lifts one.
    if (olds.block && !news.block) await setBlock(host, homeserver, state);
    const options = await optionsForRest(homeserver, state);
    return new Shutdown(host, homeserver, "create", options, state).run(ended.deleteId);
  }
  if (news.block !== olds.block) await setBlock(host, homeserver, state);
  else host.log(state.roomId, "nothing that has happened to the room is undone or done again");
  return new Shutdown(host, homeserver, "create", optionsOnCreate(news), state).recheck();
}

async function setBlock(host: Host, homeserver: Homeserver, { roomId, block }: RoomShutdownState): Promise<void> {
  await homeserver.client.setRoomBlock(roomId, block);
  host.log(roomId, block ? "blocked" : "no longer blocked");
}

/** With the options that it was started with. The state keeps them, so that what has changed since is still a change. */
async function resume(host: Host, homeserver: Homeserver, olds: RoomShutdownState, news: RoomShutdownInputs) {
  const { wait, waitTimeoutSeconds, maxAttempts } = news;
  const state = { ...olds, wait, waitTimeoutSeconds, maxAttempts };
  return new Shutdown(host, homeserver, "create", optionsOnCreate(olds), state).resume();
}

/** A shutdown that runs again makes another notice room only if there is still somebody to be moved. */
async function optionsForRest(homeserver: Homeserver, state: RoomShutdownState): Promise<DeleteRoomOptions> {
  const options = optionsOnCreate(state);
  if (state.newRoomId === undefined || options.newRoomUserId === undefined) return options;
  const room = await findRoom(homeserver.client, state.roomId);
  if ((room?.joinedLocalMembers ?? 0) > 0) return options;
  const { newRoomUserId, roomName, message, ...rest } = options;
  return rest;
}
