import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "./operation";
import type { RoomShutdownInputs } from "../resource/arguments";
import { Shutdown, optionsOnCreate } from "../shutdown/shutdown";
import { setRoomBlock } from "../homeserver/block";
import { planUpdate, recorded } from "../resource/plan";
import { quarantineMedia } from "../homeserver/quarantine";
import { isUnfinished, notRun, withInputs, type RoomShutdownState } from "../resource/state";

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

  const unblock = steps.includes("unblock");
  if (steps.includes("run") || steps.includes("adopt")) {
    const adopt = steps.includes("adopt") ? news.adoptDeleteId : undefined;
    // The block counts as there until it is lifted.
    const before = unblock ? { ...state, block: true } : state;
    const shutdown = new Shutdown(host, homeserver, "create", optionsOnCreate(state), before);
    return shutdown.run({ after: ended.deleteId, adopt, unblock });
  }
  if (steps.includes("quarantine")) {
    const quarantinedMedia = await quarantineMedia(
      host,
      homeserver,
      state.roomId,
      "Nothing else was done.",
    );
    state = { ...state, quarantinedMedia };
  }
  if (unblock || steps.includes("block"))
    await setRoomBlock(host, homeserver, state.roomId, state.block);
  if (steps.length === 0) host.log(state.roomId, recorded);
  return new Shutdown(host, homeserver, "create", optionsOnCreate(news), state).recheck();
}

/** With the options that it was started with. The state keeps them, so that what has changed since is still a change. */
async function resume(
  host: Host,
  homeserver: Homeserver,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
) {
  const { wait, waitTimeoutSeconds, maxAttempts } = news;
  const state = { ...olds, wait, waitTimeoutSeconds, maxAttempts };
  return new Shutdown(host, homeserver, "create", optionsOnCreate(olds), state).resume();
}
