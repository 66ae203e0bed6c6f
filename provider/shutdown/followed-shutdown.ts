import type { Reviewed } from "../resource/arguments";
import type { Intent } from "../resource/delete-options";
import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { isUnfinished, noRecord } from "../resource/outcome";
import { withDue } from "../resource/purge-due";
import { roomLabel, withDeleteId, withStatus, type RoomShutdownState } from "../resource/state";
import type { DeleteRoomOptions } from "../synapse/schemas";
import type { Archive } from "./archive";
import {
  nextTry,
  notAsDeclared,
  shutdownName,
  stuckHint,
  whatHappened,
  whyFailed,
} from "./failures";
import { ProgressLog } from "./progress-log";
import type { Started } from "./take-over-or-start";
import {
  departure,
  gapsOf,
  observeEnd,
  remarksOn,
  whatRemains,
  withEnd,
  withoutRecord,
  type End,
} from "./verify";
import { waitForEnd, type Waited } from "./wait";

/** A shutdown that was started and did not end well. It keeps the state, so that the `delete_id` is not lost. */
export class ShutdownUnfinishedError extends Error {
  constructor(
    readonly state: RoomShutdownState,
    reason: string,
  ) {
    super(reason);
    this.name = "ShutdownUnfinishedError";
  }
}

/** How following a shutdown has ended. */
export interface Followed {
  readonly end: Waited;
  /** The notice room that this shutdown has made. The state may have one of an earlier run. */
  readonly newRoomId: string | undefined;
}

/**
 * A shutdown that was started, or is about to be, on its way to the proof that it is done. It keeps the state as last seen,
 * for an error to carry: see {@link FollowedShutdown.keepingId}.
 */
export class FollowedShutdown {
  readonly room: Room;
  private readonly progress: ProgressLog;
  private begunMs: number | undefined;
  /** Whether it is known of the room that it was purged before, such as by the delete hook of a resource that is replaced. */
  private readonly wasPurged: boolean;

  constructor(
    readonly homeserver: Homeserver,
    readonly intent: Intent,
    private lastSeen: RoomShutdownState,
  ) {
    this.room = homeserver.room(lastSeen.roomId);
    this.room.label = roomLabel(lastSeen);
    this.wasPurged = lastSeen.purged === true;
    this.progress = new ProgressLog(homeserver.host.clock, this.room);
  }

  /** The state so far. It grows with each answer of the homeserver. */
  get state(): RoomShutdownState {
    return this.lastSeen;
  }

  /**
   * Follows the shutdown that the state names to its end and checks the room. One that has failed is left to the caller:
   * what runs next is what is declared by now, not what this one was started with.
   */
  async resume(options: DeleteRoomOptions): Promise<RoomShutdownState> {
    return this.keepingId(async () => {
      const { end, newRoomId } = await this.follow(this.deadlineMs(), this.state.wait);
      if (end === "still running") return this.state;
      if (end === "no record") {
        const isDone = (await this.judgeByRoom(options)) === undefined;
        return isDone ? this.verify(options, { isAdopted: false, newRoomId }) : this.state;
      }
      if (this.state.status !== "complete") {
        this.room.log(await this.whyFailed(options));
        return this.state;
      }
      // Whoever has started it is not known any more.
      return this.verify(options, { isAdopted: true, newRoomId });
    });
  }

  /**
   * Waits for the end of the shutdown that the state names, even where `wait` is false, however it ends, and whatever has
   * become of the room: what comes next can't happen while it goes on.
   */
  async end(): Promise<RoomShutdownState> {
    const { end } = await this.follow(this.deadlineMs(), true);
    return end === "no record" ? { ...this.state, status: noRecord } : this.state;
  }

  /** Checks the room of a complete shutdown against options that were declared after it. */
  async recheck(options: DeleteRoomOptions): Promise<RoomShutdownState> {
    return this.keepingId(() => this.checkRoom(options));
  }

  /** A shutdown was just started, or taken over. */
  begun({ deleteId, isAdopted, quarantinedMedia, archive }: Started): void {
    // Of one that was taken over, some were removed before the room was reviewed, and of one that runs again.
    const isFirst = !isAdopted && this.state.deleteId === undefined;
    if (isFirst) this.progress.expect(this.state.room?.joinedLocalMembers);
    this.lastSeen = withDeleteId(this.state, deleteId);
    this.begunMs = this.homeserver.host.clock.nowMs();
    if (quarantinedMedia !== undefined) this.quarantined(quarantinedMedia);
    if (archive !== undefined) this.archived(archive);
  }

  /** The room was archived. Of several times, the last one counts. `reviewed`: the room, where only the archive tells by now. */
  archived(archive: Archive, reviewed?: Reviewed["room"]): void {
    const { room = reviewed } = this.state;
    this.lastSeen = { ...this.state, archive, ...(room === undefined ? {} : { room }) };
    this.room.label = roomLabel(this.state);
  }

  /** Media was quarantined. What was quarantined before is not counted again by every server. */
  quarantined(count: number): void {
    const quarantinedMedia = Math.max(this.state.quarantinedMedia ?? 0, count);
    this.lastSeen = { ...this.state, quarantinedMedia };
  }

  /** Sets the block, which is then as declared. */
  async setBlock(block: boolean): Promise<void> {
    await this.room.setBlock(block);
    this.lastSeen = { ...this.state, block };
  }

  /** When the time to wait will be over that begins now, on the clock of the host. */
  deadlineMs(): number {
    return this.homeserver.host.clock.nowMs() + this.state.waitTimeoutSeconds * 1000;
  }

  /** Waits for the end of the shutdown that the state names. Without `waits`, it is only asked where it stands. */
  async follow(deadlineMs: number, waits: boolean): Promise<Followed> {
    const { deleteId, waitTimeoutSeconds } = this.state;
    let newRoomId: string | undefined;
    if (deleteId === undefined || !isUnfinished(this.state)) return { end: "ended", newRoomId };
    const end = await waitForEnd(this.homeserver, this.room, deleteId, {
      deadlineMs: waits ? deadlineMs : undefined,
      onStatus: (status) => {
        this.lastSeen = withStatus(this.state, status);
        newRoomId = status.result?.newRoomId;
        this.progress.onStatus(status);
      },
    });
    if (end !== "still running" || !waits) return { end, newRoomId };
    throw new Error(
      `The shutdown of ${shutdownName(this.state)} has not ended within ${waitTimeoutSeconds} seconds (waitTimeoutSeconds). It goes on at ` +
        `the homeserver. To go on waiting for it: ${nextTry[this.intent]}. ${stuckHint}`,
    );
  }

  /**
   * The homeserver has no record of the task: it keeps them for seven days (before 1.93 until a restart). That says nothing
   * about the room, so the room itself has to tell. Gives what remains to be done there, if anything.
   */
  async judgeByRoom(options: DeleteRoomOptions): Promise<string | undefined> {
    const remains = await whatRemains(this.room, options);
    this.room.log(withoutRecord(remains));
    this.lastSeen = { ...this.state, status: remains === undefined ? "complete" : noRecord };
    return remains;
  }

  /** Checks the room, and that what is declared was done: by a shutdown of somebody else, or to a room that was to be kept. */
  async verify(
    options: DeleteRoomOptions,
    { isAdopted, newRoomId: own }: { isAdopted: boolean; newRoomId: string | undefined },
  ): Promise<RoomShutdownState> {
    const isUnforced = !isAdopted && options.purge && !options.forcePurge;
    const { purged = false, newRoomId: anyRoomId } = await this.checkRoom(options, isUnforced);
    // A run that found nobody to be moved has made none, but an earlier one may have.
    const newRoomId = options.newRoomUserId === undefined ? own : (own ?? anyRoomId);
    const seen = { newRoomId, purged: purged && (isAdopted || !this.wasPurged) };
    const reason = departure(options, seen, isAdopted);
    if (reason === undefined) {
      this.room.log(whatHappened(this.state, this.elapsedMs()));
      return this.state;
    }
    throw new Error(notAsDeclared(this.state, this.intent, reason, isAdopted));
  }

  private elapsedMs(): number | undefined {
    const { begunMs } = this;
    return begunMs === undefined ? undefined : this.homeserver.host.clock.nowMs() - begunMs;
  }

  /** Why the shutdown has not ended well, and what to do. */
  async whyFailed(options: DeleteRoomOptions): Promise<string> {
    return whyFailed(this.room, this.state, options, this.intent);
  }

  /**
   * Does what follows the start of a shutdown.
   * @throws ShutdownUnfinishedError whatever the failure is.
   */
  async keepingId<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ShutdownUnfinishedError(this.state, reason);
    }
  }

  /** Checks the room itself: "complete" is Synapse's word, and it also says so when somebody is left behind. */
  private async checkRoom(
    options: DeleteRoomOptions,
    isUnforced = false,
  ): Promise<RoomShutdownState> {
    const seen = await observeEnd(this.room, this.state, isUnforced);
    this.lastSeen = this.withDue(withEnd(this.state, seen, options), seen);
    for (const remark of remarksOn(seen, options)) this.room.log(remark);
    const end = options.block && !seen.blocked ? await this.repairBlock(seen) : seen;
    const gaps = gapsOf(end, options);
    if (gaps.length === 0) return this.state;
    throw new Error(
      `The shutdown of ${shutdownName(this.state)} is reported as complete, but it is not. ${gaps.join(" ")} To set it right: ${nextTry[this.intent]}.`,
    );
  }

  /** After the shutdown on delete nobody purges the room any more. */
  private withDue(state: RoomShutdownState, { details }: End): RoomShutdownState {
    const isKept = this.intent === "create" && details !== undefined;
    return withDue(state, isKept, this.homeserver.host.clock.date());
  }

  /** A shutdown that was taken over may have been started without the block. */
  private async repairBlock(seen: End): Promise<End> {
    this.room.log("was not blocked after the shutdown");
    await this.setBlock(true);
    const end = { ...seen, blocked: await this.room.isBlocked() };
    this.lastSeen = { ...this.state, blocked: end.blocked };
    return end;
  }
}
