import * as pulumi from "@pulumi/pulumi";
import { refuseFaults } from "./early-refusal";
import { stackFaults } from "./known-settings";
import type { FoundRoom, GetRoomsArgs } from "./room-filters";
import { SynapseProvider } from "./synapse-provider";

/** Options of {@link getRooms}. */
export interface GetRoomsOptions {
  /**
   * The homeserver to ask.
   *
   * @defaultValue the one of the stack's configuration and the environment
   */
  provider?: SynapseProvider;
}

/** Arguments of {@link getRoomsOutput}: those of {@link getRooms}, of which all but `nameMatches` may be outputs. */
export type GetRoomsOutputArgs = {
  [arg in keyof GetRoomsArgs]: arg extends "nameMatches"
    ? GetRoomsArgs[arg]
    : pulumi.Input<Exclude<GetRoomsArgs[arg], undefined>>;
};

/** The settings of one homeserver, by their names with `synapse:`. */
type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Finds rooms of the homeserver, sorted by id. It changes nothing and runs in previews as it is, with the same connection as the
 * resources. Rooms of `synapse:protectedRooms` are left out, and which is said.
 *
 * What is irreversible should be declared by ids that a person has read: see the command `pulumi-synapse rooms`.
 *
 * @example
 * const rooms = await getRooms({ creator: "@spammer:example.org", atMost: 50 });
 *
 * @param args What the rooms are like, and how many there may be.
 * @param opts `provider`: an explicit provider.
 * @throws pulumi.RunError for arguments and settings that can't be used, where the homeserver can't be asked, and where more
 *   rooms than `atMost` match, with how many there are and the first ten.
 */
export async function getRooms(
  args: GetRoomsArgs,
  opts: GetRoomsOptions = {},
): Promise<FoundRoom[]> {
  const settings = settingsOf(opts);
  if (settings === undefined) return find(args, pulumi.runtime.allConfig());
  return find(args, await known(settings));
}

/**
 * The same for arguments that are outputs. What is not known in a preview leaves the result unknown, and a secret argument makes
 * it secret.
 *
 * @param args What the rooms are like, and how many there may be.
 * @param opts `provider`: an explicit provider.
 */
export function getRoomsOutput(
  args: GetRoomsOutputArgs,
  opts: GetRoomsOptions = {},
): pulumi.Output<FoundRoom[]> {
  const settings = settingsOf(opts) ?? pulumi.output(pulumi.runtime.allConfig());
  // As outputs, a RegExp would be an object without properties.
  const { nameMatches, ...others } = args;
  return pulumi.all([pulumi.output(others), pulumi.unsecret(settings)]).apply(([values, plain]) => {
    const given = nameMatches === undefined ? values : { ...values, nameMatches };
    return find(given, plain);
  });
}

/** What an explicit provider was told, or undefined without one. */
function settingsOf(opts: GetRoomsOptions): pulumi.Output<Settings> | undefined {
  refuseFaults("Stack configuration", stackFaults());
  const faults = Object.keys(opts)
    .filter((name) => name !== "provider")
    .map((name) => `${name} is no option of getRooms: there is provider alone.`);
  const { provider } = opts;
  if (provider !== undefined && !SynapseProvider.isInstance(provider)) {
    faults.push("the option provider must be a SynapseProvider.");
  }
  refuseFaults("getRooms", faults);
  return provider?.settings;
}

/** The value of an output. One that is not known in a preview never comes. */
async function known(settings: pulumi.Output<Settings>): Promise<Settings> {
  if (!(await isKnown(settings))) {
    refuseFaults("getRooms", [
      "the settings of its provider are not known in this preview: use getRoomsOutput.",
    ]);
  }
  return new Promise((resolve) => settings.apply(resolve));
}

/** Its type does not tell, but every output has it. */
function isKnown(output: object): Promise<boolean> {
  return "isKnown" in output ? (output.isKnown as Promise<boolean>) : Promise.resolve(true);
}

async function find(args: GetRoomsArgs, config: Settings): Promise<FoundRoom[]> {
  const { findRooms } = await import("../rooms/find-rooms.js");
  const say = (line: string) => void pulumi.log.info(`getRooms: ${line}`);
  try {
    const get = (key: string) => config[key];
    return await findRooms(args, { config: { get }, env: process.env, say });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(`getRooms: ${why}`);
  }
}
