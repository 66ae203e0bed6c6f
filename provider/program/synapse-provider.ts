import * as pulumi from "@pulumi/pulumi";
import { refuseProgram } from "./early-refusal";
import { argumentFaults } from "./known-settings";
import { hasPulumiType } from "./pulumi-type";
import { isVariableName } from "./variable-name";

const type = "pulumi:providers:pulumi-nodejs";

/**
 * Arguments of {@link SynapseProvider}: the settings of the stack's configuration without `synapse:`, and `accessTokenEnv`. Those
 * that are left out have the same defaults.
 */
export interface SynapseProviderArgs {
  /**
   * Base URL of the homeserver, as its admin API is reached, such as `https://matrix.example.org`. Plain http only to loopback,
   * see `allowInsecureHttp`.
   */
  homeserverUrl: pulumi.Input<string>;
  /**
   * Name of the environment variable that holds the access token of a server admin. It is read by each operation, so a
   * rotated token is seen, and the token itself is in no state. Wins over the other three.
   */
  accessTokenEnv?: pulumi.Input<string>;
  /** Path of a file that holds the access token. Read at each request. Wins over `accessTokenCommand` and `accessToken`. */
  accessTokenFile?: pulumi.Input<string>;
  /**
   * A program and its arguments, whose standard output is the access token: for one that lives for minutes, or is in a vault.
   * It is run without a shell in the project's folder, when the first token is wanted and again after a 401, and may take 60
   * seconds. Previews and the state show it: leave secrets out of it, or make them `pulumi.secret`. Wins over `accessToken`.
   */
  accessTokenCommand?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The access token of a server admin. Pulumi shows it as `[secret]` and keeps it encrypted in the state of the provider. In the
   * stack's configuration, one that is set without `--secret` is refused.
   */
  accessToken?: pulumi.Input<string>;
  /** Path of a PEM file with an authority to trust besides the usual ones. */
  caFile?: pulumi.Input<string>;
  /** Path of a PEM file with a client certificate, for a proxy that wants one. Only with `clientKeyFile`. */
  clientCertFile?: pulumi.Input<string>;
  /** Path of a PEM file with the key of the client certificate. Only with `clientCertFile`. */
  clientKeyFile?: pulumi.Input<string>;
  /**
   * Allow plain http to other machines, which shows the token to the network.
   *
   * @defaultValue `false`
   */
  allowInsecureHttp?: pulumi.Input<boolean>;
  /**
   * How long one request may take, in seconds, 1 to 3,600. Where it takes longer it is sent again, if it only asks; a preview
   * gives up after a minute in all, or after one attempt where that is longer.
   *
   * @defaultValue `60`
   */
  requestTimeoutSeconds?: pulumi.Input<number>;
  /**
   * How many shutdowns may be in flight at once, 1 to 100. Synapse itself runs 5 at once.
   *
   * @defaultValue `5`
   */
  maxConcurrentShutdowns?: pulumi.Input<number>;
  /**
   * Ids and aliases of rooms that must not be shut down. Prefer ids: an alias that points to no room protects only a room whose
   * canonical alias it still is (a warning says so), and one that can't be resolved stops every shutdown. In the stack's configuration:
   * `pulumi config set --path 'synapse:protectedRooms[0]' '!lobby:example.org'`. A shutdown on delete may go by the list of the
   * last `pulumi up`.
   *
   * @defaultValue `[]`
   */
  protectedRooms?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * What becomes of a preview that can't reach the homeserver. `"required"`: it fails. `"optional"`: it warns and goes on, and the
   * apply reviews the room all the same.
   *
   * @defaultValue `"required"`
   */
  roomLookup?: pulumi.Input<"required" | "optional">;
}

/**
 * A homeserver besides the one of the stack configuration: `new SynapseRoomShutdown(name, args, { provider })`. The stack
 * configuration and the environment variables `SYNAPSE_...` do not apply to it.
 *
 * @example
 * const eu = new SynapseProvider("eu", {
 *   homeserverUrl: "https://matrix.example.eu",
 *   accessTokenEnv: "EU_ACCESS_TOKEN",
 * });
 */
export class SynapseProvider extends pulumi.ProviderResource {
  /** The type by which policy packs and stack tooling find it. Other providers of dynamic resources have it, too. */
  static readonly __pulumiType: string = type;

  /** Tells it from other providers of dynamic resources. */
  protected readonly isSynapseProvider = true;

  /** @internal What it was told, by the names of the settings with `synapse:`. */
  declare readonly settings: pulumi.Output<Record<string, string>>;

  /** @internal Its homeserver, as it was declared. */
  declare readonly homeserverUrl: pulumi.Input<string>;

  /** Whether something is a `SynapseProvider`, of this copy of the package or of another one. */
  static override isInstance(something: unknown): something is SynapseProvider {
    return hasPulumiType(something, type) && "isSynapseProvider" in something;
  }

  /**
   * @param name Name of the provider in the stack.
   * @param args Which homeserver it is and how to reach it.
   * @param opts Pulumi's options.
   * @throws pulumi.RunError where it is not said which homeserver it is or where its token is, and for unknown arguments.
   */
  constructor(name: string, args: SynapseProviderArgs, opts?: pulumi.ResourceOptions) {
    refuseProgram(`SynapseProvider ${JSON.stringify(name)}`, providerFaults(args));
    const { accessToken, ...open } = args;
    const inputs: pulumi.Inputs = { "synapse:explicit": "true" };
    for (const [key, value] of Object.entries(open) as [
      string,
      pulumi.Input<Plain> | undefined,
    ][]) {
      if (value !== undefined) inputs[`synapse:${key}`] = asText(value);
    }
    if (accessToken !== undefined) inputs["synapse:accessToken"] = pulumi.secret(accessToken);
    super("pulumi-nodejs", name, inputs, opts);
    // Not among the properties of the resource, which are shown where it is exported.
    Object.defineProperty(this, "settings", { value: pulumi.output(inputs) });
    Object.defineProperty(this, "homeserverUrl", { value: args.homeserverUrl });
  }
}

/** What is wrong with an explicit provider, to which nothing that is set elsewhere applies. */
function providerFaults(args: Partial<SynapseProviderArgs> = {}): string[] {
  const faults = argumentFaults(args);
  if (args.homeserverUrl === undefined) {
    faults.push(
      "homeserverUrl is missing: set it to the homeserver's base URL, such as https://matrix.example.org.",
    );
  }
  if (tokenArgs.every((arg) => args[arg] === undefined)) {
    faults.push(
      `its access token is missing: set one of ${tokenArgs.join(", ")}. The stack's configuration and the variables ` +
        "SYNAPSE_... do not apply to an explicit provider.",
    );
  }
  if (typeof args.accessTokenEnv === "string" && !isVariableName(args.accessTokenEnv)) {
    faults.push(
      "accessTokenEnv must be the name of an environment variable, and not the token itself.",
    );
  }
  return faults;
}

/** Arguments that say what the token is. */
const tokenArgs = [
  "accessTokenEnv",
  "accessTokenFile",
  "accessTokenCommand",
  "accessToken",
] as const;

type Plain = string | number | boolean | pulumi.Input<string>[];

/** The inputs of a provider are texts, as the stack configuration is. */
function asText(value: pulumi.Input<Plain>): pulumi.Output<string> {
  return pulumi
    .output<Plain>(value)
    .apply((known) => (typeof known === "string" ? known : JSON.stringify(known)));
}
