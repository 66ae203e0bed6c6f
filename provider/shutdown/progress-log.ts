import { hasEnded, type DeleteStatus } from "../synapse/schemas";
import type { Host } from "../hooks/operation";

const intervalMs = 10_000;
const runningWords = ["scheduled", "active", "shutting_down", "purging"];

/** Tells how a shutdown goes on: at most every ten seconds, and only what has changed. */
export class ProgressLog {
  private saidMs: number;
  private said = "";
  private readonly unknownWords = new Set<string>();

  constructor(
    private readonly host: Host,
    private readonly roomId: string,
    private readonly localMembers: number | undefined,
  ) {
    this.saidMs = host.clock.nowMs();
  }

  onStatus({ status, result }: DeleteStatus): void {
    if (!hasEnded(status) && !runningWords.includes(status) && !this.unknownWords.has(status)) {
      this.unknownWords.add(status);
      this.host.log(
        this.roomId,
        `the homeserver says "${status}", which is new to this version: waiting on`,
      );
    }
    const nowMs = this.host.clock.nowMs();
    if (hasEnded(status) || nowMs - this.saidMs < intervalMs) return;
    const removed = (result?.kickedUsers.length ?? 0) + (result?.failedToKickUsers.length ?? 0);
    const line = `${status}, ${removed} of ${this.localMembers ?? "an unknown number of"} local members removed`;
    if (line === this.said) return;
    this.saidMs = nowMs;
    this.said = line;
    this.host.log(this.roomId, line);
  }
}
