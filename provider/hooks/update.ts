import type { DeleteRoomOptions } from "../synapse/schemas";
import type { Homeserver } from "./homeserver";
import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { Shutdown, optionsOnCreate } from "./shutdown";
import { planUpdate, recorded } from "./plan";
import { quarantineMedia } from "./quarantine";
import { isUnfinished, notRun, withInputs, type RoomShutdownState } from "./state";

/**
 * Runs when an option has changed, and where the last operation or somebody else has made the room differ from what is
 * declared. What it does is planned by `planUpdate`. The rest is recorded: nothing that has happened can be undone.
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
  const steps = planUpdate(ended, news);
  if (steps.includes("resume")) {
    host.log(
      ended.roomId,
      "the shutdown goes on (wait is false); what has changed since is for the first `up` after its end",
    );
    return ended;
  }
  let state = withInputs(ended, news);
  if (news.runOn === "delete") return state;

  if (steps.includes("run")) {
    // The shutdown itself sets a block once the guards hold, but it never lifts one.
    if (olds.block && !news.block) await setBlock(host, homeserver, state);
    const options = await optionsForRest(homeserver, state);
    // One that was named before has been tried.
    const adopt = news.adoptDeleteId === olds.adoptDeleteId ? undefined : news.adoptDeleteId;
    return new Shutdown(host, homeserver, "create", options, state).run({ after: ended.deleteId, adopt });
  }
  if (steps.includes("quarantine")) {
    state = { ...state, quarantinedMedia: await quarantineMedia(host, homeserver, state.roomId) };
  }
  if (steps.includes("block") || steps.includes("unblock")) await setBlock(host, homeserver, state);
  if (steps.length === 0) host.log(state.roomId, recorded);
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
  const room = await homeserver.room(state.roomId);
  if ((room?.joinedLocalMembers ?? 0) > 0) return options;
  const { newRoomUserId, roomName, message, ...rest } = options;
  return rest;
}
