import * as pulumi from "@pulumi/pulumi";
import { isVariableName } from "./variable-name";

/** Arguments of {@link SynapseProvider}. Those that are left out have the same defaults as the stack configuration. */
export interface SynapseProviderArgs {
  /** Base URL of the homeserver, such as `https://matrix.example.org`. Plain http only to loopback, see `allowInsecureHttp`. */
  homeserverUrl: pulumi.Input<string>;
  /**
   * Name of the environment variable that holds the access token of a server admin. It is read by each operation, so a
   * rotated token is seen, and the token itself is in no state. Wins over `accessTokenFile` and `accessToken`.
   */
  accessTokenEnv?: pulumi.Input<string>;
  /** Path of a file that holds the access token. Read at each request. Wins over `accessToken`. */
  accessTokenFile?: pulumi.Input<string>;
  /** The access token. Pulumi shows it as `[secret]` and keeps it encrypted in the state of the provider. */
  accessToken?: pulumi.Input<string>;
  /** Path of a PEM file with an authority to trust besides the usual ones. */
  caFile?: pulumi.Input<string>;
  /** Path of a PEM file with a client certificate, for a proxy that wants one. Only with `clientKeyFile`. */
  clientCertFile?: pulumi.Input<string>;
  /** Path of a PEM file with the key of the client certificate. Only with `clientCertFile`. */
  clientKeyFile?: pulumi.Input<string>;
  /** Allow plain http to other machines, which shows the token to the network. Default `false`. */
  allowInsecureHttp?: pulumi.Input<boolean>;
  /** How long one request may take, in seconds. 1 to 3,600, default 60. */
  requestTimeoutSeconds?: pulumi.Input<number>;
  /** How many shutdowns may be in flight at once. 1 to 100, default 5, which is what Synapse itself runs at once. */
  maxConcurrentShutdowns?: pulumi.Input<number>;
  /** Ids and aliases of rooms that nothing may shut down. Default: none. */
  protectedRooms?: pulumi.Input<pulumi.Input<string>[]>;
  /** `optional`: a preview that can't reach the homeserver warns and goes on. Default `required`: it fails. */
  roomLookup?: pulumi.Input<"required" | "optional">;
}

/**
 * A homeserver besides the one of the stack configuration: `new SynapseRoomShutdown(name, args, { provider })`. The stack
 * configuration and the environment variables `SYNAPSE_HOMESERVER_URL`, `SYNAPSE_ACCESS_TOKEN` and
 * `SYNAPSE_ACCESS_TOKEN_FILE` do not apply to it.
 */
export class SynapseProvider extends pulumi.ProviderResource {
  /**
   * @param name Name of the provider in the stack.
   * @param args Which homeserver it is and how to reach it.
   * @param opts Pulumi's options.
   */
  constructor(name: string, args: SynapseProviderArgs, opts?: pulumi.ResourceOptions) {
    const { accessToken, ...open } = args;
    if (typeof args.accessTokenEnv === "string" && !isVariableName(args.accessTokenEnv)) {
      throw new Error(
        "accessTokenEnv must be the name of an environment variable, and not the token itself.",
      );
    }
    const inputs: pulumi.Inputs = { "synapse:explicit": "true" };
    for (const [key, value] of Object.entries(open) as [
      string,
      pulumi.Input<Plain> | undefined,
    ][]) {
      if (value !== undefined) inputs[`synapse:${key}`] = asText(value);
    }
    if (accessToken !== undefined) inputs["synapse:accessToken"] = pulumi.secret(accessToken);
    super("pulumi-nodejs", name, inputs, opts);
  }
}

type Plain = string | number | boolean | pulumi.Input<string>[];

/** The inputs of a provider are texts, as the stack configuration is. */
function asText(value: pulumi.Input<Plain>): pulumi.Output<string> {
  return pulumi
    .output<Plain>(value)
    .apply((known) => (typeof known === "string" ? known : JSON.stringify(known)));
}
