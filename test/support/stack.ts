import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalWorkspace, type ConfigMap, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { findEngine } from "./engine";

const project = "pulumi-synapse-test";
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
    private readonly folder: string,
  ) {}

  static async create({ program, config = {}, env = {} }: TestStackOptions): Promise<TestStack> {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-stack-"));
    // The host loads pulumi-synapse from the project's folder, as it would from a user's.
    symlinkSync(nodeModules, join(folder, "node_modules"));
    const stack = await LocalWorkspace.createStack(
      { stackName: "test", projectName: project, program },
      {
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
          ...env,
        },
      },
    );
    await stack.setAllConfig(config);
    return new TestStack(stack, folder);
  }

  /** Gives the stack another program, as an edit does. */
  edit(program: PulumiFn): void {
    this.stack.workspace.program = program;
  }

  /** The state file, as the backend keeps it: secrets are encrypted here and nowhere else. */
  stateText(): string {
    const stacks = join(this.folder, ".pulumi", "stacks", project);
    const file = readdirSync(stacks).find((name) => name.endsWith("test.json"));
    if (file === undefined) throw new Error(`no state in ${stacks}`);
    return readFileSync(join(stacks, file), "utf8");
  }

  /** The inputs and outputs of the resources in the state, by name. */
  resources(): Map<string, StateResource> {
    const state = JSON.parse(this.stateText()) as { checkpoint: { latest: { resources?: StateResource[] } } };
    const resources = (state.checkpoint.latest.resources ?? []).filter(({ type }) =>
      type.includes("SynapseRoomShutdown"),
    );
    return new Map(resources.map((resource) => [resource.urn.slice(resource.urn.lastIndexOf("::") + 2), resource]));
  }

  /** Removes the folder. Nothing is destroyed: a test that needs that does it itself. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
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
