import type { Clock } from "../homeserver/clock";
import type { Room } from "../homeserver/room";
import type { DeleteStatus } from "../synapse/schemas";
import { hasEnded, isKnownStatus } from "../synapse/task-status";

const intervalMs = 10_000;

/** Tells how a shutdown goes on: at most every ten seconds, and only what has changed. */
export class ProgressLog {
  private saidMs: number;
  private said = "";
  private readonly unknownWords = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly room: Room,
    private readonly localMembers: number | undefined,
  ) {
    this.saidMs = clock.nowMs();
  }

  onStatus({ status, result }: DeleteStatus): void {
    if (!isKnownStatus(status) && !this.unknownWords.has(status)) {
      this.unknownWords.add(status);
      this.room.log(`the homeserver says "${status}", which is new to this version: waiting on`);
    }
    const nowMs = this.clock.nowMs();
    if (hasEnded(status) || nowMs - this.saidMs < intervalMs) return;
    const removed = (result?.kickedUsers.length ?? 0) + (result?.failedToKickUsers.length ?? 0);
    const line = `${status}, ${removed} of ${this.localMembers ?? "an unknown number of"} local members removed`;
    if (line === this.said) return;
    this.saidMs = nowMs;
    this.said = line;
    this.room.log(line);
  }
}
