import { exponentialDelay } from "axios-retry";
import { SynapseRequestError } from "../synapse/errors";
import { hasEnded, type DeleteRoomOptions, type RoomDetails } from "../synapse/schemas";
import { TaskTimeoutError } from "../homeserver/task-watcher";
import { setRoomBlock } from "../homeserver/block";
import { explainFailure, forcePurgeHint, list, nextTry, stuckHint } from "./failures";
import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "../hooks/operation";
import { GuardError, violatedGuards } from "../review/guards";
import type { DeclaredInputs } from "../resource/arguments";
import { quarantineMedia } from "../homeserver/quarantine";
import { ProgressLog } from "./progress-log";
import { observeEnd } from "../review/review";
import { contradiction, isEmptied, type Intent } from "./take-over-or-start";
import {
  ShutdownUnfinishedError,
  plain,
  withDeleteId,
  withStatus,
  type RoomShutdownState,
} from "../resource/state";

const rerunDelayFactorMs = 1_000;

/** Spread of the starts of several processes that want the same notice room. */
const settleMs = 3_000;

/** What a run is for. */
interface Run {
  readonly after?: string | undefined;
  readonly adopt?: string | undefined;
  readonly unblock?: boolean;
}

/** How waiting for a shutdown has ended. */
type Waited = "ended" | "still running" | "no record";

/** The options of the delete call that the create and update hooks run. */
export function optionsOnCreate(inputs: DeclaredInputs): DeleteRoomOptions {
  const { block, purge, forcePurge, newRoomUserId, roomName, message } = inputs;
  return plain({ block, purge, forcePurge, newRoomUserId, roomName, message });
}

/** The options of the delete call that the delete hook runs. */
export function optionsOnDelete(inputs: DeclaredInputs): DeleteRoomOptions {
  return { ...optionsOnCreate(inputs), ...inputs.onDelete };
}

/**
 * The shutdown of one room from its start to the proof that it is done. From the moment that it has a `delete_id`, every
 * failure is a {@link ShutdownUnfinishedError} that keeps it.
 */
export class Shutdown {
  private deadlineMs: number | undefined;
  private readonly progress: ProgressLog;
  /** Whether somebody else has started this shutdown, with options of their own. */
  private isAdopted = false;
  /** The notice room that this shutdown has made. The state may have one of an earlier run. */
  private newRoomId: string | undefined;

  constructor(
    private readonly host: Host,
    private readonly homeserver: Homeserver,
    private readonly intent: Intent,
    private options: DeleteRoomOptions,
    /** The state so far. It grows with each answer of the homeserver. */
    private state: RoomShutdownState,
  ) {
    this.progress = new ProgressLog(host, state.roomId, state.room?.joinedLocalMembers);
  }

  /**
   * Takes over or starts a shutdown and follows it to its end. `after`: the ended one that this one runs again. `adopt`: the
   * one to take over instead of starting one. `unblock`: the block of an earlier one is lifted once this one has started.
   */
  async run({ after, adopt, unblock = false }: Run = {}): Promise<RoomShutdownState> {
    if (after !== undefined || this.state.deleteId !== undefined) await this.moveNobody();
    if (adopt === undefined) await this.settle();
    const end = await this.attempt({ after, adopt, unblock });
    return this.keepingId(() => this.finish(end));
  }

  /**
   * Follows the shutdown that the state names to its end and checks the room. One that has failed is left to the caller:
   * what runs next is what is declared by now, not what this one was started with.
   */
  async resume(): Promise<RoomShutdownState> {
    this.isAdopted = true; // Whoever has started it is not known any more.
    return this.keepingId(async () => {
      const end = await this.waitForEnd();
      if (end === "still running") return this.state;
      if (end === "no record") await this.judgeByRoom();
      if (this.state.status === "complete")
        return end === "no record" ? this.checkRoom() : this.verify();
      this.host.log(this.state.roomId, await this.whyFailed());
      return this.state;
    });
  }

  /**
   * Waits for the end of the shutdown that the state names, even where `wait` is false, however it ends, and whatever has
   * become of the room: what comes next can't happen while it goes on.
   */
  async end(): Promise<RoomShutdownState> {
    const { wait } = this.state;
    this.state = { ...this.state, wait: true };
    await this.waitForEnd();
    return { ...this.state, wait };
  }

  /** Checks the room of a complete shutdown against options that were declared after it. */
  async recheck(): Promise<RoomShutdownState> {
    return this.keepingId(() => this.checkRoom());
  }

  /**
   * Several processes that want a notice room would each get one: between looking for a task and starting one, the
   * homeserver lets others start theirs. Looking at different times makes that rare. Nothing on the homeserver's side could
   * make it impossible.
   */
  private async settle(): Promise<void> {
    if (this.options.newRoomUserId === undefined) return;
    const tasks = await this.homeserver.tasks.ofRoom(this.state.roomId);
    if (tasks.some(({ status }) => !hasEnded(status))) return; // It will be taken over.
    await this.host.clock.sleep(this.host.random() * settleMs);
  }

  /** One run. No more than `maxConcurrentShutdowns` are in flight; the time to wait begins once it is this one's turn. */
  private async attempt(run: Run): Promise<Waited> {
    return this.homeserver.slots.runExclusive(async () => {
      await this.begin(run);
      return this.keepingId(async () => {
        if (run.unblock) await this.setBlock(false);
        if (this.isAdopted && this.state.quarantineMedia) await this.quarantineLate();
        return this.waitForEnd();
      });
    });
  }

  /** A shutdown that runs again, or on delete, makes another notice room only if there is still somebody to be moved. */
  private async moveNobody(): Promise<void> {
    const { newRoomUserId, roomName, message, ...rest } = this.options;
    if (newRoomUserId === undefined) return;
    const room = await this.homeserver.room(this.state.roomId);
    if ((room?.joinedLocalMembers ?? 0) === 0) this.options = rest;
  }

  /** Somebody else has started the shutdown. What it has purged by now can't be found any more. */
  private async quarantineLate(): Promise<void> {
    const { roomId } = this.state;
    if ((await this.homeserver.room(roomId)) === undefined) {
      this.host.log(
        roomId,
        "warning: the room is purged, so whether its media was quarantined before can't be found out",
      );
      return;
    }
    this.setQuarantined(
      await quarantineMedia(this.host, this.homeserver, roomId, "Its shutdown goes on."),
    );
  }

  /** What was quarantined before is not counted again by every server. */
  private setQuarantined(quarantinedMedia: number): void {
    const before = this.state.quarantinedMedia ?? 0;
    this.state = { ...this.state, quarantinedMedia: Math.max(before, quarantinedMedia) };
  }

  private async begin({ after, adopt }: Run): Promise<void> {
    const { roomId, quarantineMedia } = this.state;
    const { deleteId, isAdopted, quarantinedMedia } = await this.homeserver.starter.start({
      intent: this.intent,
      roomId,
      options: this.options,
      quarantineMedia,
      guard: (room) => this.guard(room, after !== undefined),
      after,
      adopt,
    });
    this.isAdopted = isAdopted;
    this.state = withDeleteId(this.state, deleteId);
    if (quarantinedMedia !== undefined) this.setQuarantined(quarantinedMedia);
  }

  /** The guards once more, right before the shutdown starts. One that runs again may have emptied the room already. */
  private async guard(room: RoomDetails | undefined, runsAgain: boolean): Promise<void> {
    const { roomId, serverName, allowUnknownRoom } = this.state;
    const target = { roomId, serverName, ...(room === undefined ? {} : { room }) };
    const inputs = { ...this.state, allowUnknownRoom: allowUnknownRoom || runsAgain };
    const faults = await violatedGuards(this.homeserver, inputs, target);
    if (faults.length > 0) throw new GuardError(roomId, faults);
  }

  private async finish(first: Waited): Promise<RoomShutdownState> {
    let end = first;
    for (let attempt = 1; ; attempt++) {
      if (end === "still running") return this.leaveRunning();
      if (end === "no record") await this.judgeByRoom();
      if (this.state.status === "complete") return this.verify();
      const reason = await this.whyFailed();
      if (!this.mayRunAgain(attempt)) throw new Error(reason);
      this.host.log(
        this.state.roomId,
        `attempt ${attempt} of ${this.state.maxAttempts} failed, running it again. ${reason}`,
      );
      await this.host.clock.sleep(exponentialDelay(attempt - 1, undefined, rerunDelayFactorMs));
      end = await this.attempt({ after: this.state.deleteId });
    }
  }

  /** A second run would make a second notice room, unless the first one never got that far. */
  private mayRunAgain(attempt: number): boolean {
    const { status, maxAttempts, newRoomId } = this.state;
    const wouldMakeRoom = this.options.newRoomUserId !== undefined && newRoomId !== undefined;
    return status === "failed" && attempt < maxAttempts && !wouldMakeRoom;
  }

  /** Nobody looks again at a delete hook's shutdown, so one that it has not started is waited for all the same. */
  private get waits(): boolean {
    return this.state.wait || (this.intent === "delete" && this.isAdopted);
  }

  private async leaveRunning(): Promise<RoomShutdownState> {
    // Whoever started it may not have asked for the block.
    if (this.isAdopted && this.options.block) await this.setBlock(true);
    return this.state;
  }

  private async waitForEnd(): Promise<Waited> {
    const { deleteId, roomId, waitTimeoutSeconds } = this.state;
    const nowMs = this.host.clock.nowMs();
    this.deadlineMs ??= nowMs + waitTimeoutSeconds * 1000;
    if (deleteId === undefined || hasEnded(this.state.status)) return "ended";
    try {
      await this.homeserver.watcher.wait(deleteId, {
        timeoutMs: this.waits ? Math.max(0, this.deadlineMs - nowMs) : 0,
        onStatus: (status) => {
          this.state = withStatus(this.state, status);
          this.newRoomId = status.result?.newRoomId;
          this.progress.onStatus(status);
        },
        onUnreachable: (error) => {
          this.host.log(
            roomId,
            `the homeserver does not answer, waiting for it to come back. ${error.message}`,
          );
        },
      });
    } catch (error) {
      if (error instanceof SynapseRequestError && error.isNotFound) return "no record";
      if (!(error instanceof TaskTimeoutError)) throw error;
      if (!this.waits) return "still running";
      throw new Error(
        `The shutdown of ${this.name} has not ended within ${waitTimeoutSeconds} seconds (waitTimeoutSeconds). It goes on at ` +
          `the homeserver. To go on waiting for it: ${nextTry[this.intent]}. ${stuckHint}`,
        { cause: error },
      );
    }
    return "ended";
  }

  /**
   * The homeserver has no record of the task: it keeps them for seven days (before 1.93 until a restart). That says nothing
   * about the room, so the room itself has to tell.
   */
  private async judgeByRoom(): Promise<void> {
    const { roomId } = this.state;
    const room = await this.homeserver.room(roomId);
    if (!isEmptied(room, this.options)) {
      throw new Error(
        `The homeserver has no record of the shutdown of ${this.name} any more, and the room is still there with ` +
          `${room?.joinedLocalMembers ?? 0} local members. To shut it down anew, change triggers.`,
      );
    }
    this.host.log(
      roomId,
      "the homeserver has no record of the shutdown any more, but the room is shut down as declared",
    );
    this.state = { ...this.state, status: "complete" };
  }

  /** Checks the room, and that the shutdown was the one that is declared: it may have been started by somebody else. */
  private async verify(): Promise<RoomShutdownState> {
    const { purged = false, newRoomId: anyRoomId } = await this.checkRoom();
    // A run that found nobody to be moved has made none, but an earlier one may have.
    const newRoomId =
      this.options.newRoomUserId === undefined ? this.newRoomId : (this.newRoomId ?? anyRoomId);
    const reason = this.isAdopted ? contradiction(this.options, { newRoomId, purged }) : undefined;
    if (reason === undefined) return this.state;
    throw new Error(
      `The shutdown of ${this.name} is complete, but ${reason}: it was started by somebody else, or the room was gone. That ` +
        "can't be changed any more: the next `pulumi up` accepts it.",
    );
  }

  /** Checks the room itself: "complete" is Synapse's word, and it also says so when somebody is left behind. */
  private async checkRoom(): Promise<RoomShutdownState> {
    const { roomId, failedToKickUsers = [] } = this.state;
    const { room, blocked, left, back } = await observeEnd(this.homeserver, this.state);
    this.state = {
      ...this.state,
      blocked,
      purged: room === undefined,
      failedToKickUsers: [...left, ...back],
    };
    const removed = failedToKickUsers.filter((user) => !left.includes(user));
    if (removed.length > 0)
      this.host.log(roomId, `removed, but not joined to the notice room: ${list(removed)}`);
    if (this.options.block && !blocked) this.state = { ...this.state, blocked: await this.block() };

    const gaps: string[] = [];
    if (left.length > 0)
      gaps.push(
        `${left.length} of its local users could not be removed: ${list(left)}. ${forcePurgeHint}`,
      );
    if (back.length > 0)
      gaps.push(`${back.length} local users have joined it again: ${list(back)}.`);
    if (this.options.purge && room !== undefined && back.length === 0) {
      gaps.push("The homeserver still has the room: somebody may have joined it again.");
    }
    if (this.options.block && this.state.blocked === false) {
      gaps.push("The room is not blocked: somebody may have lifted the block.");
    }
    if (gaps.length > 0)
      throw new Error(
        `The shutdown of ${this.name} is reported as complete, but it is not. ${gaps.join(" ")} To set it right: ${nextTry[this.intent]}.`,
      );
    return this.state;
  }

  /** A shutdown that was taken over may have been started without the block. */
  private async block(): Promise<boolean> {
    this.host.log(this.state.roomId, "was not blocked after the shutdown");
    await this.setBlock(true);
    return this.homeserver.client.isRoomBlocked(this.state.roomId);
  }

  private async setBlock(block: boolean): Promise<void> {
    await setRoomBlock(this.host, this.homeserver, this.state.roomId, block);
    this.state = { ...this.state, block };
  }

  private async whyFailed(): Promise<string> {
    return `The shutdown of ${this.name} ended as "${this.state.status ?? ""}". ${await this.explain()} To run it again: ${nextTry[this.intent]}.`;
  }

  private async explain(): Promise<string> {
    const { roomId, deleteId, status = "", failedToKickUsers = [] } = this.state;
    const seen = { status, result: { kickedUsers: [], failedToKickUsers, localAliases: [] } };
    try {
      const tasks = await this.homeserver.tasks.ofRoom(roomId);
      return explainFailure(tasks.find((one) => one.deleteId === deleteId) ?? seen, this.options);
    } catch (error) {
      if (!(error instanceof SynapseRequestError)) throw error;
      return `${explainFailure(seen, this.options)} Asking it failed: ${error.message}`;
    }
  }

  private get name(): string {
    return `${this.state.roomId} (delete_id ${this.state.deleteId ?? "not known"})`;
  }

  private async keepingId<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new ShutdownUnfinishedError(
        this.state,
        error instanceof Error ? error.message : String(error),
      );
    }
  }
}
