import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import {
  link,
  lstat,
  open,
  readFile,
  readdir,
  rename,
  rm,
  type FileHandle,
} from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { atExit } from "../homeserver/at-exit";
import { codeOf } from "../review/archive-place";

/** A file as it is on the disk. */
export interface Written {
  readonly sha256: string;
  readonly bytes: number;
}

/** Whether a file of this name is compressed. */
export function isGzip(path: string): boolean {
  return path.endsWith(".gz");
}

/**
 * Writes a file that is whole, or none: beside its place, flushed, and only then given its name. Only its owner can read it.
 * `addsTo`: the file that has the name already is kept to its last byte, and the text comes after it. Otherwise nothing may
 * have the name.
 */
export async function writeWhole(
  path: string,
  text: AsyncIterable<string>,
  { addsTo }: { addsTo: boolean },
): Promise<Written> {
  await removeLeftovers(path);
  const partial = join(dirname(path), `${partialStart(path)}${process.pid}${partialEnd}`);
  const file = await open(partial, "wx", 0o600);
  inUse.add(partial);
  const forget = atExit(() => {
    rmSync(partial, { force: true });
  });
  try {
    const written = await write(file, addsTo ? path : undefined, text, isGzip(path));
    await (addsTo ? rename(partial, path) : giveNewName(partial, path));
    await flushFolder(dirname(path));
    return written;
  } finally {
    await rm(partial, { force: true });
    inUse.delete(partial);
    forget();
  }
}

async function write(
  file: FileHandle,
  before: string | undefined,
  text: AsyncIterable<string>,
  isCompressed: boolean,
): Promise<Written> {
  const hash = createHash("sha256");
  let bytes = 0;
  const sink = async (chunks: AsyncIterable<Buffer | string>) => {
    for await (const chunk of chunks) {
      const data = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      hash.update(data);
      bytes += data.length;
      await file.writeFile(data);
    }
  };
  try {
    if (before !== undefined) await pipeline(createReadStream(before), sink);
    const source = Readable.from(text);
    // What is compressed is a part of its own: gzip reads one after the other as one.
    await (isCompressed ? pipeline(source, createGzip(), sink) : pipeline(source, sink));
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** Gives a file its name, unless something has it: a link does that in one step, where a rename would overwrite. */
async function giveNewName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (!withoutLinks.includes(codeOf(error) ?? "")) throw error;
    await (await open(path, "wx", 0o600)).close();
    await rename(partial, path);
  }
}

/** What file systems say that have no links. */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/** The name is on the disk, too, once its folder is flushed. Not every system can. */
async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!["EACCES", "EPERM", "EISDIR", "EINVAL", "ENOTSUP"].includes(codeOf(error) ?? "")) {
      throw error;
    }
  }
}

/** What this process writes just now. */
const inUse = new Set<string>();

/** The name of what is not whole yet begins with that of the machine, followed by the process that writes it. */
const partialStart = (path: string) => `.${basename(path)}.${hostname()}-`;
const partialEnd = ".partial";

/** Nothing is written for so long without a byte: each page of a history has to come in an hour at most. */
const abandonedMs = 24 * 3600 * 1000;

/** Removes what was left by processes that were killed: those of this machine that have ended, and others after a day. */
async function removeLeftovers(path: string): Promise<void> {
  const start = partialStart(path);
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith(partialEnd)) continue;
    const partial = join(dirname(path), name);
    const pid = name.startsWith(start) ? name.slice(start.length, -partialEnd.length) : "";
    if ((await isLeft(partial, pid)) || (await isAbandoned(partial))) {
      await rm(partial, { force: true });
    }
  }
}

async function isLeft(partial: string, pid: string): Promise<boolean> {
  if (!/^\d+$/.test(pid)) return false;
  return Number(pid) === process.pid ? !inUse.has(partial) : !(await isRunning(Number(pid)));
}

async function isAbandoned(partial: string): Promise<boolean> {
  const found = await lstat(partial).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs;
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  // One that was killed keeps its number until somebody takes note of its end. Only Linux tells.
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return !/^State:\s+Z/m.test(status);
}
