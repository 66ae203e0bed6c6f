import type { Homeserver } from "../homeserver/homeserver";
import type { RoomShutdownInputs } from "../resource/arguments";
import { optionsOnCreate } from "../resource/delete-options";
import { planUpdate, recorded } from "../resource/plan";
import {
  isUnfinished,
  notRun,
  roomLabel,
  withInputs,
  type RoomShutdownState,
} from "../resource/state";
import { FollowedShutdown } from "../shutdown/followed-shutdown";
import { shutDown } from "../shutdown/shutdown";
import type { Operation } from "./operation";

/**
 * Runs when an option has changed, and where the last operation or somebody else has made the room differ from what is
 * declared. What it does is planned by `planUpdate`. The rest is recorded: nothing that has happened can be undone.
 */
export async function update(
  operation: Operation,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  if (news.runOn === "delete" && !isUnfinished(olds)) {
    return { ...withInputs(olds, news), status: olds.status ?? notRun };
  }
  const homeserver = operation.connect();
  await homeserver.assertIs(olds);
  const ended = isUnfinished(olds) ? await resume(homeserver, olds, news) : olds;
  const room = homeserver.room(ended.roomId);
  room.label = roomLabel(ended);
  const plan = planUpdate(ended, news);
  if (plan.kind === "resume") {
    room.log(
      "the shutdown goes on (wait is false); what has changed since is for the first `up` after its end",
    );
    return ended;
  }
  const state = withInputs(ended, news);
  if (news.runOn === "delete") return state;
  const options = optionsOnCreate(state);
  if (plan.kind === "run") {
    const unblock = plan.block === false;
    // The block counts as there until it is lifted.
    const before = unblock ? { ...state, block: true } : state;
    const run = { after: ended.deleteId, adopt: plan.adopt, unblock };
    return shutDown(homeserver, "create", options, before, run);
  }
  if (plan.kind === "record" && ended === olds) room.log(recorded);
  const isQuarantineDue = plan.kind === "repair" && plan.quarantine;
  const repaired = isQuarantineDue
    ? { ...state, quarantinedMedia: await room.quarantineMedia("Nothing else was done.") }
    : state;
  if (plan.kind === "repair" && plan.block !== undefined) await room.setBlock(plan.block);
  return new FollowedShutdown(homeserver, "create", repaired).recheck(options);
}

/** With the options that it was started with. The state keeps them, so that what has changed since is still a change. */
async function resume(
  homeserver: Homeserver,
  olds: RoomShutdownState,
  news: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  const { wait, waitTimeoutSeconds, maxAttempts } = news;
  const state = { ...olds, wait, waitTimeoutSeconds, maxAttempts };
  return new FollowedShutdown(homeserver, "create", state).resume(optionsOnCreate(olds));
}
