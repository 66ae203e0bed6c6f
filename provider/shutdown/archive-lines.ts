import { createHash, type Hash } from "node:crypto";
import type { Reviewed } from "../resource/arguments";

// An archive is JSON Lines. Its first line is the header, and its last one the end, which proves that the file is whole. An
// archive that was added to has both again in between: a "continued" and an end. See docs/archive.md.

export const archiveFormat = "pulumi-synapse archive";
const archiveVersion = 1;

/** One writing of an archive: when, by whom, and for which shutdown. */
export interface Writing {
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly requestedBy: string;
  /** The `delete_id` of the room's shutdown before the one that this is for, as far as the homeserver tells. */
  readonly after: string | null;
  /** The `delete_id` of the shutdown that was already there: then the archive may not be complete. */
  readonly during?: string;
}

/** How many there are of each. */
export interface Counts {
  readonly state: number;
  readonly members: number;
  readonly events: number;
}

/** The last line of an archive. */
export interface End extends Counts {
  /** Where the homeserver's later events begin. */
  readonly next: string | null;
  /** Of all bytes before this line, uncompressed. */
  readonly sha256: string;
}

/** The lines of an archive, counted and hashed as they are made. */
export class ArchiveLines {
  constructor(
    private readonly hash: Hash = createHash("sha256"),
    private counts: Counts = { state: 0, members: 0, events: 0 },
  ) {}

  get events(): number {
    return this.counts.events;
  }

  header(reviewed: Reviewed, writing: Writing): string {
    const { roomId, serverName, homeserverUrl, room } = reviewed;
    const where = { roomId, serverName, homeserverUrl };
    const format = { format: archiveFormat, version: archiveVersion };
    return this.add([{ kind: "header", ...format, ...where, ...writing, room }]);
  }

  /** What begins where an archive is added to. */
  continued(writing: Writing): string {
    return this.add([{ kind: "continued", ...writing }]);
  }

  state(events: readonly string[]): string {
    this.counts = { ...this.counts, state: this.counts.state + events.length };
    return this.addTexts(events.map((event) => `{"kind":"state","event":${event}}`));
  }

  members(users: readonly string[]): string {
    this.counts = { ...this.counts, members: this.counts.members + users.length };
    return this.add(users.map((userId) => ({ kind: "member", userId })));
  }

  timeline(events: readonly string[]): string {
    this.counts = { ...this.counts, events: this.events + events.length };
    return this.addTexts(events.map((event) => `{"kind":"event","event":${event}}`));
  }

  end(next: string | undefined): string {
    const sha256 = this.hash.copy().digest("hex");
    return this.add([{ kind: "end", ...this.counts, next: next ?? null, sha256 }]);
  }

  private add(lines: readonly object[]): string {
    return this.addTexts(lines.map((line) => JSON.stringify(line)));
  }

  private addTexts(lines: readonly string[]): string {
    const text = lines.map((line) => `${line}\n`).join("");
    this.hash.update(text);
    return text;
  }
}
