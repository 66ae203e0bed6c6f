import type { Clock } from "../homeserver/clock";
import type { Room } from "../homeserver/room";
import { plural } from "../resource/words";
import type { DeleteStatus } from "../synapse/schemas";
import { hasEnded, isKnownStatus } from "../synapse/task-status";

const intervalMs = 10_000;

/** Tells how a shutdown goes on: at most every ten seconds, and only what has changed. */
export class ProgressLog {
  private saidMs: number;
  private said = "";
  private localMembers: number | undefined;
  private readonly unknownWords = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly room: Room,
  ) {
    this.saidMs = clock.nowMs();
  }

  /** How many local members there were before the shutdown began, if that is known. */
  expect(localMembers: number | undefined): void {
    this.localMembers = localMembers;
  }

  onStatus({ status, result }: DeleteStatus): void {
    if (!isKnownStatus(status) && !this.unknownWords.has(status)) {
      this.unknownWords.add(status);
      this.room.log(`the homeserver says "${status}", which is new to this version: waiting on`);
    }
    const nowMs = this.clock.nowMs();
    if (hasEnded(status) || nowMs - this.saidMs < intervalMs) return;
    const removed = new Set(result?.kickedUsers).size;
    const line = `${status}, ${this.share(removed)} removed`;
    if (line === this.said) return;
    this.saidMs = nowMs;
    this.said = line;
    this.room.log(line);
  }

  /** Who is invited is removed, too, and others may have joined since: then there are more than there were members. */
  private share(removed: number): string {
    const { localMembers: all } = this;
    if (all !== undefined && removed <= all) return `${removed} of ${all} local members`;
    return `${removed} local ${plural(removed, "user")}`;
  }
}
