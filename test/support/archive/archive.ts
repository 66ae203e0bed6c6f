import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** An event, as the homeserver gives it. */
export type RoomEvent = Record<string, unknown> & {
  readonly type: string;
  readonly event_id: string;
  readonly content: Record<string, unknown>;
};

/** A line of an archive. */
interface Line extends Record<string, unknown> {
  readonly kind: string;
  readonly event?: RoomEvent;
}

/** What an archive holds. */
export interface ReadArchive {
  readonly lines: Line[];
  readonly header: Line;
  readonly state: RoomEvent[];
  readonly members: unknown[];
  readonly events: RoomEvent[];
  /** The bodies of the messages among the events. */
  readonly bodies: unknown[];
}

/** Reads an archive by nothing but what docs/archive.md says of it, and checks what its last line proves. */
export function readArchive(file: string): ReadArchive {
  const raw = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(raw) : raw).toString("utf8");
  const texts = text.split("\n");
  if (texts.pop() !== "") throw new Error("the last line does not end");
  const lines = texts.map((line) => JSON.parse(line) as Line);
  const [header, end] = [lines[0], lines.at(-1)];
  const before = texts.slice(0, -1).map((line) => `${line}\n`);
  const sha256 = createHash("sha256").update(before.join("")).digest("hex");
  if (header?.kind !== "header" || end?.kind !== "end" || end["sha256"] !== sha256)
    throw new Error("it is not whole");
  const eventsOf = (kind: string) =>
    lines.filter((line) => line.kind === kind).map(({ event }) => event as RoomEvent);
  const events = eventsOf("event");
  const members = lines.filter(({ kind }) => kind === "member").map((line) => line["userId"]);
  const state = eventsOf("state");
  const counts = [end["state"], end["members"], end["events"]].join();
  if (counts !== [state.length, members.length, events.length].join())
    throw new Error("its last line counts something else");
  const messages = events.filter(({ type }) => type === "m.room.message");
  const bodies = messages.map(({ content }) => content["body"]);
  return { lines, header, state, members, events, bodies };
}

/** The SHA-256 of a file. */
export function sha256Of(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** A folder for archives. */
export class ArchiveFolder {
  readonly path = mkdtempSync(join(tmpdir(), "pulumi-synapse-archive-"));

  file(name: string): string {
    return join(this.path, name);
  }

  /** All that is in it, hidden files too. */
  get names(): string[] {
    return readdirSync(this.path);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
