import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { descendants, engineOf, isRunning, killTree, start } from "../machine/processes";
import type { Declared, Scenario } from "./scenario";

/** An operation whose engine is ended alone: what it has started is not told. */
export class RunningOperation {
  private printed = "";
  private processes: number[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (chunk: Buffer) => (this.printed += chunk.toString()));
  }

  static start(
    scenario: Scenario,
    declared: Declared,
    operation: "up" | "destroy" = "up",
  ): RunningOperation {
    const args = [scenario.folder, JSON.stringify(declared), operation];
    return new RunningOperation(start("engine/up-process.ts", args));
  }

  /** Until it has printed so many different texts that match. */
  async says(words: RegExp, count = 1): Promise<void> {
    const said = () => new Set([...this.printed.matchAll(words)].map(([text]) => text));
    await this.until(() => said().size >= count);
  }

  /** Until something has happened, which has to be before its own end. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      assert.equal(this.child.exitCode, null, `it has ended too soon:\n${this.printed}`);
      await sleep(20);
    }
  }

  /** Kills the engine, which has started a host by now, and waits for its end. */
  async kill(): Promise<void> {
    const engine = this.signal("SIGKILL");
    while (isRunning(engine)) await sleep(5);
  }

  /** Sends a signal to the engine, which has started a host by now. */
  signal(signal: NodeJS.Signals): number {
    const engine = engineOf(this.child.pid ?? NaN);
    assert.ok(engine !== undefined, "there is no engine");
    const started = descendants(engine);
    assert.ok(started.length >= 2, "the engine has no host with its launcher");
    this.processes = [engine, ...started];
    process.kill(engine, signal);
    return engine;
  }

  /** Until all have ended that there were at the signal: the engine, its host, the launcher between them, and their programs. */
  async ended(): Promise<void> {
    assert.notEqual(this.processes.length, 0, "there was no signal");
    while (this.processes.some(isRunning) || this.child.exitCode === null) await sleep(50);
  }

  /** Ends what a failed test has left. */
  async clear(): Promise<void> {
    for (const pid of this.processes.filter(isRunning)) process.kill(pid, "SIGKILL");
    if (this.child.exitCode === null && this.child.signalCode === null) await killTree(this.child);
  }
}
