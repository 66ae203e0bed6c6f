import type { ConfigMap, OutputMap, PulumiFn, UpOptions } from "@pulumi/pulumi/automation";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { TestHomeserver } from "../synapse/homeserver";
import { run } from "../machine/run";
import { TestStack, type StateResource } from "./stack";

/** Shutdowns by resource name. */
export type Declared = Record<string, SynapseRoomShutdownArgs>;

/** A program that declares these shutdowns and exports nothing. */
export function program(declared: Declared) {
  return async (): Promise<OutputMap | undefined> => {
    for (const [name, args] of Object.entries(declared)) new SynapseRoomShutdown(name, args);
    return Promise.resolve(undefined);
  };
}

/** The stack configuration for a homeserver under test, reached at its own address or at that of what is in front of it. */
export function connectionTo(
  { url, adminToken }: Pick<TestHomeserver, "url" | "adminToken">,
  through: { readonly url: string } = { url },
): ConfigMap {
  return {
    "synapse:homeserverUrl": { value: through.url },
    "synapse:accessToken": { value: adminToken, secret: true },
  };
}

/** What a test does while an operation goes on: as soon as it has said these words, which it has to say. */
export interface Meanwhile {
  readonly says: RegExp;
  readonly act: () => void;
}

/** How much the engine says of itself, and what happens meanwhile. */
export interface RunOptions extends Pick<
  UpOptions,
  | "logVerbosity"
  | "logToStdErr"
  | "logFlow"
  | "plan"
  | "diff"
  | "replace"
  | "target"
  | "exclude"
  | "policyPacks"
> {
  readonly meanwhile?: Meanwhile;
}

/** What an operation printed, and whether it failed. */
export interface Run {
  readonly output: string;
  readonly failed: boolean;
}

/** A stack that declares shutdowns. Its operations give what they printed instead of throwing. */
export class Scenario {
  private constructor(private readonly testStack: TestStack) {}

  static async create(
    config: ConfigMap,
    declared: Declared,
    env: Record<string, string> = {},
  ): Promise<Scenario> {
    const stack = await TestStack.create({ program: program(declared), config, env });
    return new Scenario(stack.withoutSummaries());
  }

  declare(declared: Declared): void {
    this.testStack.edit(program(declared));
  }

  /** Gives the stack a program of its own. */
  run(own: PulumiFn): void {
    this.testStack.edit(own);
  }

  async configure(config: ConfigMap): Promise<void> {
    await this.testStack.stack.setAllConfig(config);
  }

  /** Sets environment variables for the next operations. */
  setEnv(env: Record<string, string>): void {
    Object.assign(this.testStack.stack.workspace.envVars, env);
  }

  async preview({ meanwhile, ...more }: RunOptions = {}): Promise<Run> {
    return collect(meanwhile, (onOutput) =>
      this.testStack.stack.preview({
        diff: true,
        ...more,
        color: "never",
        onOutput,
        onError: onOutput,
      }),
    );
  }

  async up({ meanwhile, ...more }: RunOptions = {}): Promise<Run> {
    return collect(meanwhile, (onOutput) =>
      this.testStack.stack.up({ ...more, color: "never", onOutput, onError: onOutput }),
    );
  }

  async refresh({ meanwhile, ...more }: RunOptions = {}): Promise<Run> {
    return collect(meanwhile, (onOutput) =>
      this.testStack.stack.refresh({ ...more, color: "never", onOutput, onError: onOutput }),
    );
  }

  async destroy({ meanwhile, ...more }: RunOptions = {}): Promise<Run> {
    return collect(meanwhile, (onOutput) =>
      this.testStack.stack.destroy({ ...more, color: "never", onOutput, onError: onOutput }),
    );
  }

  /** Marks the resource, so that the next operation replaces it. */
  async taint(name: string): Promise<void> {
    const { name: stack, workspace } = this.testStack.stack;
    const args = ["state", "taint", this.resource(name).urn, "--yes", "--stack", stack];
    const env = { ...process.env, ...workspace.envVars };
    await run(workspace.pulumiCommand.command, args, { cwd: this.folder, env });
  }

  /** Does what is to be done after an operation was killed: releases its lock. */
  async recover(): Promise<void> {
    this.testStack.removeEmptyAttributes();
    await this.testStack.stack.cancel();
  }

  get folder(): string {
    return this.testStack.folder;
  }

  /** The resource in the state file. Throws if it is not there. */
  resource(name: string): StateResource {
    const resource = this.testStack.resources().get(name);
    if (resource === undefined) throw new Error(`there is no resource ${name} in the state`);
    return resource;
  }

  outputs(name: string): Record<string, unknown> {
    return this.resource(name).outputs ?? {};
  }

  has(name: string): boolean {
    return this.testStack.resources().has(name);
  }

  /** Puts a state file in place that another scenario has left, and configures the stack anew. */
  async restore(stateText: string, config: ConfigMap): Promise<void> {
    await this.testStack.restore(stateText, config);
  }

  stateText(): string {
    return this.testStack.stateText();
  }

  remove(): void {
    this.testStack.remove();
  }
}

/** An operation that has to succeed. Gives what it printed. */
export function succeeded({ failed, output }: Run): string {
  if (failed) throw new Error(`the operation failed:\n${output}`);
  return output;
}

/** An operation that has to fail. Gives what it printed. */
export function refused({ failed, output }: Run): string {
  if (!failed) throw new Error(`the operation succeeded:\n${output}`);
  return output;
}

async function collect(
  meanwhile: Meanwhile | undefined,
  operation: (onOutput: (text: string) => void) => Promise<unknown>,
): Promise<Run> {
  let output = "";
  let isAwaited = meanwhile !== undefined;
  const onOutput = (text: string) => {
    output += text;
    if (!isAwaited || meanwhile?.says.test(output) !== true) return;
    isAwaited = false;
    meanwhile.act();
  };
  const run = await operation(onOutput).then(
    () => ({ output, failed: false }),
    (error: unknown) => ({
      output: `${output}\n${error instanceof Error ? error.message : String(error)}`,
      failed: true,
    }),
  );
  if (isAwaited) throw new Error(`it has not said ${String(meanwhile?.says)}:\n${run.output}`);
  return run;
}
