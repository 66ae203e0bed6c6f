import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import type { Reviewed } from "../resource/arguments";
import { roomSnapshotSchema } from "../resource/room-snapshot";
import { codeOf } from "../review/archive-place";
import { isGzip, type Written } from "./archive-file";
import { archiveFormat, ArchiveLines, type End, type Writing } from "./archive-lines";

/** An archive that is there already, and is whole. */
export interface FoundArchive {
  readonly roomId: string;
  readonly serverName: string;
  /** The room as it was reviewed when the archive was begun. */
  readonly room: Reviewed["room"];
  /** How it was written, or added to last. */
  readonly writing: Writing;
  readonly end: End;
  readonly written: Written;
  /** What is added to it. */
  readonly lines: ArchiveLines;
}

const writingSchema = z.object({
  startedAt: z.string(),
  requestedBy: z.string(),
  after: z.string().nullable(),
  during: z.string().exactOptional(),
});

const headerSchema = writingSchema.extend({
  kind: z.literal("header"),
  format: z.literal(archiveFormat),
  version: z.literal(1),
  roomId: z.string(),
  serverName: z.string(),
  room: roomSnapshotSchema.optional().catch(undefined), // What it tells is no part of what makes it whole.
});

const endSchema = z.object({
  kind: z.literal("end"),
  state: z.number(),
  members: z.number(),
  events: z.number(),
  next: z.string().nullable(),
  sha256: z.string(),
});

/** Reads the archive that a file holds. Undefined: it holds none, or one that is not whole. */
export async function findArchive(path: string): Promise<FoundArchive | undefined> {
  const reader = new ArchiveReader();
  const disk = createHash("sha256");
  let bytes = 0;
  async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      disk.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const sink = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) reader.read(chunk);
  };
  const file = createReadStream(path);
  try {
    await (isGzip(path)
      ? pipeline(file, counted, createGunzip(), sink)
      : pipeline(file, counted, sink));
  } catch (error) {
    if (error instanceof NoArchiveError || codeOf(error)?.startsWith("Z_")) return undefined;
    throw error;
  }
  return reader.found({ sha256: disk.digest("hex"), bytes });
}

/** Thrown as soon as it shows that a file holds no archive. */
class NoArchiveError extends Error {}

/** No header is longer. What another file holds need not have lines. */
const headerMaxBytes = 2 ** 20;

/** Reads an archive line by line. The last one proves the others, so each is hashed only once the next one is there. */
class ArchiveReader {
  private readonly hash: Hash = createHash("sha256");
  private rest: Buffer[] = [];
  private restBytes = 0;
  private header: z.output<typeof headerSchema> | undefined;
  private writing: Writing | undefined;
  private last: Buffer | undefined;

  read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      this.readLine(Buffer.concat([...this.rest, chunk.subarray(start, end + 1)]));
      [this.rest, this.restBytes, start] = [[], 0, end + 1];
    }
    // Parts of a line are kept apart until it is whole.
    this.rest.push(chunk.subarray(start));
    this.restBytes += chunk.length - start;
    if (this.header === undefined && this.restBytes > headerMaxBytes) throw new NoArchiveError();
  }

  found(written: Written): FoundArchive | undefined {
    const { header, writing, last } = this;
    if (header === undefined || writing === undefined || last === undefined) return undefined;
    const end = parsed(endSchema, last);
    const isWhole = end?.sha256 === this.hash.copy().digest("hex") && this.restBytes === 0;
    if (end === undefined || !isWhole) return undefined;
    const { roomId, serverName, room } = header;
    const { state, members, events } = end;
    const lines = new ArchiveLines(this.hash.update(last), { state, members, events });
    return { roomId, serverName, room, writing, end, written, lines };
  }

  private readLine(line: Buffer): void {
    if (this.header === undefined) {
      this.header = parsed(headerSchema, line);
      if (this.header === undefined) throw new NoArchiveError();
      this.writing = this.header;
    } else if (line.subarray(0, continuedStart.length).equals(continuedStart)) {
      this.writing = parsed(writingSchema, line);
    }
    if (this.last !== undefined) this.hash.update(this.last);
    this.last = line;
  }
}

const continuedStart = Buffer.from('{"kind":"continued"');

function parsed<T extends z.ZodType>(schema: T, line: Buffer): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(line.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
