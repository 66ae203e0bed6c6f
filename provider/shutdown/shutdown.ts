import { exponentialDelay } from "axios-retry";
import type { Identity } from "../homeserver/identity";
import type { Homeserver } from "../homeserver/homeserver";
import { withKnown, type RoomShutdownState } from "../resource/state";
import { ownerProperty } from "../review/owner";
import { GuardError, reviewFreshMs, violatedGuards } from "../review/guards";
import type { DeleteRoomOptions } from "../synapse/schemas";
import { hasEnded } from "../synapse/task-status";
import type { Intent } from "../resource/delete-options";
import { RoomArchiver } from "./archive";
import { whyUndone } from "./failures";
import { FollowedShutdown, type Followed } from "./followed-shutdown";
import { withoutNeedlessMove } from "./needless-move";
import { takeOverOrStart, type Started } from "./take-over-or-start";

const rerunDelayFactorMs = 1_000;

/** Spread of the starts of several processes that want the same notice room. */
const settleMs = 3_000;

const unknownRoom =
  "warning: the homeserver no longer has the room, and no archive tells which one it was: its name, its creator and how many " +
  "were in it can't be found out any more";

/** What a run is for. */
export interface Run {
  /** The ended shutdown that this one runs again. */
  readonly after?: string | undefined;
  /** The shutdown to take over instead of starting one. */
  readonly adopt?: string | undefined;
  /** Whether the block of an earlier one is lifted once this one has started. */
  readonly unblock?: boolean;
}

/** One delete call, its own or one taken over, and how following it has ended. */
interface Attempt extends Followed {
  /** Whether somebody else has started it, with options of their own. */
  readonly isAdopted: boolean;
  readonly deadlineMs: number;
}

/**
 * Shuts a room down, from the start of the shutdown to the proof that it is done: takes one over or starts it, follows it to
 * its end and checks the room.
 * @throws ShutdownUnfinishedError from the moment that it has a `delete_id`.
 */
export async function shutDown(
  homeserver: Homeserver,
  intent: Intent,
  options: DeleteRoomOptions,
  state: RoomShutdownState,
  run: Run = {},
): Promise<RoomShutdownState> {
  return new Shutdown(new FollowedShutdown(homeserver, intent, state)).run(options, run);
}

class Shutdown {
  /** Whether members were to be moved, if there were any who can be. */
  private isMoveNeedless = false;

  constructor(private readonly followed: FollowedShutdown) {}

  async run(declared: DeleteRoomOptions, run: Run): Promise<RoomShutdownState> {
    const { room, state } = this.followed;
    const { after: deleteId = state.deleteId } = run;
    const before = deleteId === undefined ? state : { ...state, deleteId };
    const options = await withoutNeedlessMove(room, declared, before);
    this.isMoveNeedless = options !== declared;
    if (run.adopt === undefined) await this.settle(options);
    const first = await this.attempt(options, run);
    return this.followed.keepingId(() => this.finish(options, first));
  }

  /**
   * Several processes that want a notice room would each get one: between looking for a task and starting one, the
   * homeserver lets others start theirs. Looking at different times makes that rare. Nothing on the homeserver's side could
   * make it impossible.
   */
  private async settle({ newRoomUserId }: DeleteRoomOptions): Promise<void> {
    if (newRoomUserId === undefined) return;
    const tasks = await this.followed.room.shutdowns();
    if (tasks.some(({ status }) => !hasEnded(status))) return; // It will be taken over.
    const { host } = this.followed.homeserver;
    await host.clock.sleep(host.random() * settleMs);
  }

  /**
   * One delete call. No more than `maxConcurrentShutdowns` are in flight; the time to wait begins once it is the first one's
   * turn.
   */
  private async attempt(
    options: DeleteRoomOptions,
    run: Run,
    deadlineMs?: number,
  ): Promise<Attempt> {
    const { followed } = this;
    return followed.homeserver.inFlight.slots.runExclusive(async () => {
      const started = await this.begin(options, run);
      const { isAdopted } = started;
      if (!this.waits(isAdopted)) {
        followed.room.log(`shutdown started, delete_id ${followed.state.deleteId ?? ""}`);
      }
      return followed.keepingId(async () => {
        if (run.unblock) await followed.setBlock(false);
        if (isAdopted && started.archive === undefined) await this.archiveLate(started);
        if (isAdopted && followed.state.room === undefined) followed.room.log(unknownRoom);
        if (isAdopted && followed.state.quarantineMedia) await this.quarantineLate();
        const deadline = deadlineMs ?? followed.deadlineMs();
        const end = await followed.follow(deadline, this.waits(isAdopted));
        return { ...end, isAdopted, deadlineMs: deadline };
      });
    });
  }

  private async begin(options: DeleteRoomOptions, { after, adopt }: Run): Promise<Started> {
    const { homeserver, intent, state } = this.followed;
    const started = await takeOverOrStart(homeserver, {
      intent,
      roomId: state.roomId,
      options,
      mayHaveMoved: this.isMoveNeedless,
      quarantineMedia: state.quarantineMedia,
      archive: this.archiver(),
      guard: () => this.guard(options, after !== undefined),
      after,
      adopt,
    });
    this.followed.begun(started);
    return started;
  }

  /** What archives the room, if that is declared. */
  private archiver(): RoomArchiver | undefined {
    const { homeserver, room, state } = this.followed;
    const { archiveFile } = state;
    if (archiveFile === undefined) return undefined;
    return new RoomArchiver(homeserver, room, { ...state, archiveFile });
  }

  /** Somebody else has started the shutdown, or a process of ours that was killed. */
  private async archiveLate({ deleteId }: Started): Promise<void> {
    const archiver = this.archiver();
    const archive = await archiver?.late(deleteId);
    if (archive !== undefined) this.followed.archived(archive, archiver?.reviewed);
  }

  /** The guards once more, right before the shutdown starts. One that runs again may have emptied the room already. */
  private async guard({ newRoomUserId }: DeleteRoomOptions, runsAgain: boolean): Promise<void> {
    const { homeserver, intent, room, state } = this.followed;
    const inputs = { ...state, allowUnknownRoom: state.allowUnknownRoom || runsAgain };
    const target = {
      room,
      serverName: state.serverName,
      identity: await this.identity(runsAgain),
      hasRunBefore: runsAgain || state.deleteId !== undefined,
    };
    const owners = { [ownerProperty(state, intent)]: newRoomUserId };
    const faults = await violatedGuards(homeserver, inputs, target, owners, reviewFreshMs);
    if (faults.length > 0) throw new GuardError(room.id, faults);
  }

  /** Once everybody has left, the homeserver tells no name any more. It is still the room that was reviewed. */
  private async identity(runsAgain: boolean): Promise<Identity | undefined> {
    const { intent, room, state } = this.followed;
    const identity = await room.identity(reviewFreshMs);
    const isFirst = intent === "create" && state.deleteId === undefined && !runsAgain;
    if (identity === undefined || identity.untold.length === 0 || isFirst) return identity;
    if (state.room === undefined) return identity;
    const joined = await room.joinedLocally();
    if (joined === undefined) return undefined;
    return joined.length > 0 ? identity : withKnown(identity, state.room);
  }

  /** Somebody else has started the shutdown. What it has purged by now can't be found any more, and is not counted. */
  private async quarantineLate(): Promise<void> {
    const { room } = this.followed;
    const isThere = async () => (await room.details()) !== undefined;
    if (await isThere()) {
      const count = await room.quarantineMedia("Its shutdown goes on.");
      if (count > 0 || (await isThere())) {
        this.followed.quarantined(count);
        return;
      }
    }
    room.log(
      "warning: the homeserver no longer has the room, so whether its media was quarantined before can't be found out",
    );
  }

  private async finish(options: DeleteRoomOptions, first: Attempt): Promise<RoomShutdownState> {
    const { followed } = this;
    let attempt = first;
    for (let count = 1; ; count++) {
      if (attempt.end === "still running") return this.leaveRunning(options, attempt);
      if (attempt.end === "no record") {
        const remains = await followed.judgeByRoom(options);
        if (remains !== undefined) {
          throw new Error(whyUndone(followed.state, remains, followed.intent));
        }
      }
      const { status, deleteId, maxAttempts } = followed.state;
      const { newRoomId, ...seen } = attempt;
      const moved = this.isMoveNeedless ? undefined : newRoomId;
      if (status === "complete") return followed.verify(options, { ...seen, newRoomId: moved });
      const reason = await followed.whyFailed(options);
      const isLast = status !== "failed" || count >= maxAttempts;
      if (isLast || wouldMoveAgain(options, attempt)) throw new Error(reason);
      followed.room.log(`attempt ${count} of ${maxAttempts} failed, running it again. ${reason}`);
      const delayMs = exponentialDelay(count - 1, undefined, rerunDelayFactorMs);
      await followed.homeserver.host.clock.sleep(delayMs);
      attempt = await this.attempt(options, { after: deleteId }, attempt.deadlineMs);
    }
  }

  /** Nobody looks again at a delete hook's shutdown, so one that it has not started is waited for all the same. */
  private waits(isAdopted: boolean): boolean {
    const { intent, state } = this.followed;
    return state.wait || (intent === "delete" && isAdopted);
  }

  private async leaveRunning(
    { block }: DeleteRoomOptions,
    { isAdopted }: Attempt,
  ): Promise<RoomShutdownState> {
    // Whoever started it may not have asked for the block.
    if (isAdopted && block) await this.followed.setBlock(true);
    return this.followed.state;
  }
}

/** Whether a second run would make a second notice room: not if the first one never got that far. */
function wouldMoveAgain({ newRoomUserId }: DeleteRoomOptions, { newRoomId }: Attempt): boolean {
  return newRoomUserId !== undefined && newRoomId !== undefined;
}
