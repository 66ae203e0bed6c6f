import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { atExit } from "./at-exit";

/** How long a program may run, in milliseconds. */
const timeLimitMs = 60_000;
/** How long what it has printed may take to arrive once it has ended, in milliseconds. */
const graceMs = 1_000;
/** How much it may print, on each of its two streams. */
const maxPrintedBytes = 64 * 1024;

/** What a program has printed, and how it has gone wrong, if it has. */
export interface ProgramRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: ProgramFailure | undefined;
}

/** How a program has gone wrong. */
export interface ProgramFailure {
  /** What follows its name in a message. */
  readonly what: string;
  /** What to do, where that is clear from it. */
  readonly remedy?: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Runs a program without a shell, with the environment and in the folder of this process and with nothing on its standard
 * input, for 60 s at most. Never throws. A program that is not through by then, or prints more than 64 KiB, is ended with all
 * that it has started, and so is one that runs when this process ends. What it leaves running when it ends, such as an agent,
 * is let be, and not waited for.
 */
export async function runProgram(program: string, args: readonly string[]): Promise<ProgramRun> {
  let child: Child;
  try {
    child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // A group of its own, so that what it has started can be ended with it.
      windowsHide: true,
    });
  } catch (error) {
    return { stdout: "", stderr: "", failure: startFailure(error) };
  }
  const forget = atExit(() => {
    endGroup(child);
  });
  return endOf(child).finally(forget);
}

/** Waits until a program is through. */
async function endOf(child: Child): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const end = (run: ProgramRun) => {
      clearTimeout(timer);
      resolve(run);
    };
    const tooMuch = () => {
      // What is cut off may be half of a secret, which nobody recognises any more.
      end({ stdout: "", stderr: "", failure: { what: printedTooMuch } });
      endGroup(child);
    };
    const stdout = collect(child.stdout, tooMuch);
    const stderr = collect(child.stderr, tooMuch);
    const ended = (failure?: ProgramFailure) => {
      end({ stdout: stdout(), stderr: stderr(), failure });
    };
    let timer = setTimeout(() => {
      ended({ what: `has not ended within ${timeLimitMs / 1000} seconds, and was killed` });
      endGroup(child);
    }, timeLimitMs);
    child.on("error", (error) => {
      ended(startFailure(error));
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        // After a delay of this process, what has arrived is only read once its timers have run.
        setImmediate(() => {
          ended(endFailure(code, signal));
          release(child);
        });
      }, graceMs);
    });
    child.once("close", (code, signal) => {
      ended(endFailure(code, signal));
    });
  });
}

const printedTooMuch = `has printed more than ${maxPrintedBytes / 1024} KiB, and was killed`;

function collect(stream: Readable, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxPrintedBytes) tooMuch();
  });
  return () => Buffer.concat(chunks).toString();
}

/** Reads no more of a program, and does not wait for it. */
function release(child: Child): void {
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
}

/** Ends a program and what it has started. */
function endGroup(child: Child): void {
  release(child);
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // Windows has no groups.
  }
}

/** The error itself has the arguments. */
function startFailure(error: unknown): ProgramFailure {
  const { code = "unknown reason" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return {
      what: "was not found",
      remedy:
        "Install it or give its whole path, and each of its arguments as a text of its own in the list.",
    };
  }
  const what = `can't be run: ${code}`;
  return code === "EACCES" ? { what, remedy: "Make it executable." } : { what };
}

function endFailure(code: number | null, signal: string | null): ProgramFailure | undefined {
  if (code === 0) return undefined;
  return {
    what: code === null ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`,
  };
}
