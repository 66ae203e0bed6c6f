import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import type { RoomShutdownInputs } from "../resource/arguments";
import { optionsOnCreate, withPurge } from "../resource/delete-options";
import { planUpdate, recordedFor } from "../resource/plan";
import { isUnfinished, mayHaveReturned, notRun } from "../resource/outcome";
import { roomLabel, withInputs, type RoomShutdownState } from "../resource/state";
import { FollowedShutdown } from "../shutdown/followed-shutdown";
import { list, plural } from "../resource/words";
import { shutDown, type Run } from "../shutdown/shutdown";
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
  operation.siblings.noteUpdateBegun(olds);
  if (news.runOn === "delete" && !isUnfinished(olds)) {
    return { ...withInputs(olds, news), status: olds.status ?? notRun };
  }
  const homeserver = operation.connect();
  await homeserver.assertIs(olds);
  const ended = isUnfinished(olds) ? await resume(homeserver, olds, news) : olds;
  const room = homeserver.room(ended.roomId);
  room.label = roomLabel(ended);
  const plan = planUpdate(ended, news, operation.clock.date());
  if (plan.kind === "resume") {
    room.log(
      "the shutdown goes on (wait is false); what has changed since is for the first `up` after its end",
    );
    return ended;
  }
  const state = withInputs(ended, news);
  if (news.runOn === "delete") return state;
  if (plan.kind === "run") {
    const unblock = plan.block === false;
    // The block counts as there until it is lifted.
    const before = unblock ? { ...state, block: true } : state;
    const run = { after: ended.deleteId, adopt: plan.adopt, unblock };
    return runAgain(homeserver, before, plan.purge, run);
  }
  if (plan.kind === "record" && ended === olds) room.log(recordedFor(olds, news));
  const isQuarantineDue = plan.kind === "repair" && plan.quarantine;
  const repaired = isQuarantineDue
    ? { ...state, quarantinedMedia: await room.quarantineMedia("Nothing else was done.") }
    : state;
  if (plan.kind === "repair" && plan.block !== undefined) await room.setBlock(plan.block);
  return new FollowedShutdown(homeserver, "create", repaired).recheck(optionsOnCreate(state));
}

/** Runs the shutdown that purges the room, or the one before that, which gives it its whole time again. */
async function runAgain(
  homeserver: Homeserver,
  state: RoomShutdownState,
  purge: boolean,
  run: Run,
): Promise<RoomShutdownState> {
  const { purgeDueAt, ...begun } = state;
  if (!purge) return shutDown(homeserver, "create", withPurge(state, purge), begun, run);
  const room = homeserver.room(state.roomId);
  await refuseIfJoined(room, state);
  const isLeft = purgeDueAt === undefined || !(await wasPurgedOtherwise(room, state));
  if (isLeft) return shutDown(homeserver, "create", withPurge(state, purge), state, run);
  room.log(
    "the homeserver no longer has the room, so somebody else has purged it: no shutdown runs",
  );
  const gone = { ...state, status: "complete" };
  return new FollowedShutdown(homeserver, "create", gone).recheck(withPurge(state, purge));
}

/**
 * People can have joined a room again that was kept and is not blocked. The preview knows nothing of them, and the purge would
 * do to them what keeping it is to prevent.
 */
async function refuseIfJoined(room: Room, state: RoomShutdownState): Promise<void> {
  if (state.purgeDueAt === undefined || !mayHaveReturned(state) || state.forcePurge) return;
  const joined = await room.joinedLocally();
  if (joined === undefined || joined.length === 0) return;
  throw new Error(
    `${room.id} was not purged, although it is due: ${joined.length} local ${plural(joined.length, "user")} joined it again ` +
      `(${list(joined)}). Nothing was done. \`pulumi refresh\`, and the next \`pulumi up\` shuts it down again, with its whole ` +
      "time; without purgeAfterSeconds, it is purged at once.",
  );
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

/** Whether a room that was kept is gone, and not by a shutdown that could be taken over, such as that of an `up` that was killed. */
async function wasPurgedOtherwise(room: Room, { deleteId }: RoomShutdownState): Promise<boolean> {
  if ((await room.details()) !== undefined) return false;
  const ids = (await room.shutdowns()).map((task) => task.deleteId);
  return ids.length === ids.indexOf(deleteId ?? "") + 1;
}
