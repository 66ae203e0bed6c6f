import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  LocalWorkspace,
  Stack,
  type ConfigMap,
  type LocalWorkspaceOptions,
  type PulumiFn,
} from "@pulumi/pulumi/automation";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { findEngine } from "./engine";

// grpc-js shares connections among clients by address. An engine that gets the port of one that has ended would be reached
// over that one's dead connection, and the operation fails with "No connection established".
const { grpcClientOptions } = settings as unknown as { grpcClientOptions: Record<string, unknown> };
grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;

const project = "pulumi-synapse-test";
const stackName = "test";
const nodeModules = join(dirname(require.resolve("pulumi-synapse/package.json")), "node_modules");

/** What a test stack is made of. */
export interface TestStackOptions {
  readonly program: PulumiFn;
  readonly config?: ConfigMap;
  readonly env?: Record<string, string>;
}

/** A stack of the real engine with a project folder, a home and a file backend of its own. */
export class TestStack {
  private constructor(
    readonly stack: Stack,
    readonly folder: string,
  ) {}

  static async create({ config = {}, ...options }: TestStackOptions): Promise<TestStack> {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-stack-"));
    // The host loads pulumi-synapse from the project's folder, as it would from a user's.
    symlinkSync(nodeModules, join(folder, "node_modules"));
    cpSync(await freshStack(config), folder, { recursive: true });
    const workspace = await LocalWorkspace.create(await inFolder(folder, options));
    workspace.createStack = () => Promise.resolve(); // It is there.
    return new TestStack(await Stack.create(stackName, workspace), folder);
  }

  /** The stack in a folder, for a process that did not make it. */
  static async open(folder: string, options: Omit<TestStackOptions, "config">): Promise<TestStack> {
    const workspace = await LocalWorkspace.create(await inFolder(folder, options));
    return new TestStack(await Stack.select(stackName, workspace), folder);
  }

  /**
   * After each operation the Automation API starts the engine three times more, and asks for the outputs and the history. From
   * now on it does not, and operations tell nothing of these: for tests that read what is printed, and the state.
   */
  withoutSummaries(): this {
    this.stack.outputs = () => Promise.resolve({});
    this.stack.info = () => Promise.resolve(undefined);
    return this;
  }

  /** Gives the stack another program, as an edit does. */
  edit(program: PulumiFn): void {
    this.stack.workspace.program = program;
  }

  /** The state file, as the backend keeps it: secrets are encrypted here and nowhere else. */
  stateText(): string {
    return readFileSync(this.stateFile, "utf8");
  }

  /** Puts a state file in place that another stack of this name and project has left, and configures the stack anew. */
  async restore(stateText: string, config: ConfigMap): Promise<void> {
    writeFileSync(this.stateFile, stateText);
    const { checkpoint } = JSON.parse(stateText) as SavedState;
    const encryptionSalt = checkpoint.latest.secrets_providers.state.salt;
    await this.stack.workspace.saveStackSettings(this.stack.name, { encryptionSalt });
    await this.stack.setAllConfig(config);
  }

  private get stateFile(): string {
    const stacks = join(this.folder, ".pulumi", "stacks", project);
    const file = readdirSync(stacks).find((name) => name.endsWith("test.json"));
    if (file === undefined) throw new Error(`no state in ${stacks}`);
    return join(stacks, file);
  }

  /** The shutdowns in the state, by name. */
  resources(): Map<string, StateResource> {
    const state = JSON.parse(this.stateText()) as {
      checkpoint: { latest: { resources?: StateResource[] } };
    };
    const resources = (state.checkpoint.latest.resources ?? []).filter(({ type }) =>
      type.includes("SynapseRoomShutdown"),
    );
    return new Map(
      resources.map((resource) => [
        resource.urn.slice(resource.urn.lastIndexOf("::") + 2),
        resource,
      ]),
    );
  }

  /**
   * The file backend keeps a `.attrs` file beside each of its files, and does not write it atomically: a kill can leave an
   * empty one, with which every operation ends with "failed to load checkpoint: EOF". Without one all is well.
   */
  removeEmptyAttributes(): void {
    const folder = join(this.folder, ".pulumi");
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, entry);
      if (file.endsWith(".attrs") && statSync(file).size === 0) rmSync(file);
    }
  }

  /** Removes the folder. Nothing is destroyed: a test that needs that does it itself. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Folders with a fresh stack, by its configuration. To make one takes two starts of the engine, to copy it none. */
const freshStacks = new Map<string, Promise<string>>();

function freshStack(config: ConfigMap): Promise<string> {
  const key = JSON.stringify(config);
  const made = freshStacks.get(key) ?? makeFreshStack(config);
  freshStacks.set(key, made);
  return made;
}

async function makeFreshStack(config: ConfigMap): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-fresh-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true });
  });
  const workspace = await LocalWorkspace.create(await inFolder(folder, {}));
  const stack = await Stack.create(stackName, workspace);
  await stack.setAllConfig(config);
  return folder;
}

/** What the Automation API has to know of the stack in a folder. */
async function inFolder(
  folder: string,
  { program, env = {} }: Omit<Partial<TestStackOptions>, "config">,
): Promise<LocalWorkspaceOptions> {
  return {
    ...(program === undefined ? {} : { program }),
    workDir: folder,
    pulumiHome: join(folder, "home"),
    pulumiCommand: await findEngine(),
    projectSettings: { name: project, runtime: "nodejs", backend: { url: `file://${folder}` } },
    envVars: {
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      // What a developer has set for the homeserver under test must not leak into the stack.
      SYNAPSE_HOMESERVER_URL: "",
      SYNAPSE_ACCESS_TOKEN: "",
      SYNAPSE_ACCESS_TOKEN_FILE: "",
      SYNAPSE_ACCESS_TOKEN_COMMAND: "",
      ...env,
    },
  };
}

interface SavedState {
  readonly checkpoint: {
    readonly latest: { readonly secrets_providers: { readonly state: { readonly salt: string } } };
  };
}

/** A resource of the state file. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: string[];
}
