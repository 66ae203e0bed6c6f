import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./paths";

/** Starts a TypeScript file of test/support in a process of its own. */
export function start(file: string, args: string[]): ChildProcess {
  return spawn(
    process.execPath,
    ["--import", "tsx", join(root, "test", "support", file), ...args],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
}

/** Kills a process and all that it has started, as a CI system does that has lost patience, and waits for its end. */
export async function killTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) throw new Error("the process has not started");
  const ended = once(child, "exit");
  for (const pid of [child.pid, ...descendants(child.pid)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // It has ended by itself.
    }
  }
  await ended;
}

/** Whether a process runs. One that has ended, but that nobody has asked about, does not. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return !/^(Z|$)/.test(stdout.trim());
}

/** The dynamic-provider hosts that a process has started, by way of the engine. */
export function hostsOf(root: number): number[] {
  return descendantsLike(root, /cmd\/dynamic-provider/);
}

/** The engine that a process has started, once it is there. */
export function engineOf(root: number): number | undefined {
  return descendantsLike(root, /^\s*\d+ \S*\bpulumi (up|destroy) /)[0];
}

function descendantsLike(root: number, line: RegExp): number[] {
  const own = descendants(root);
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  const found = table.split("\n").filter((process) => line.test(process));
  return found.map((process) => parseInt(process, 10)).filter((pid) => own.includes(pid));
}

/** All that a process has started, and what these have. */
export function descendants(root: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const processes = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [root];
  for (const pid of found)
    found.push(...processes.filter(([, parent]) => parent === pid).map(([child]) => child));
  return found.slice(1);
}

/** The lines that a process prints. */
export function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (child.stdout === null) throw new Error("the process has no stdout");
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

/** Ends a process by a signal, by SIGKILL where that does not help within ten seconds, and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const impatient = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(impatient);
}
