import { Command, InvalidArgumentError, Option } from "commander";
import type { SettingName } from "../program/known-settings";
import type { GetRoomsArgs } from "../program/room-filters";
import { mostRooms } from "../rooms/arguments";
import { formats, type Format } from "./formats";

/** What the flags of `pulumi-synapse rooms` have said: arguments of the search that are not looked at so far, and settings. */
export type RoomsFlags = { readonly [arg in keyof GetRoomsArgs]?: unknown } & {
  readonly [setting in SettingName]?: string | boolean;
} & { readonly format: Format; readonly protectedRoom?: readonly string[] };

/** The flags that are settings of the connection, as the stack's configuration has them. */
export const settingFlags = [
  "caFile",
  "clientCertFile",
  "clientKeyFile",
  "allowInsecureHttp",
  "requestTimeoutSeconds",
] as const satisfies readonly SettingName[];

const after = `
The access token of a server admin comes from SYNAPSE_ACCESS_TOKEN, or from the
file that SYNAPSE_ACCESS_TOKEN_FILE names, or from the program that
SYNAPSE_ACCESS_TOKEN_COMMAND names; never from an argument. Without
--homeserver-url, SYNAPSE_HOMESERVER_URL says which homeserver it is.

The list goes to the standard output, and nothing else does: nothing at all where
it fails. All else goes to the standard error.

Exit codes: 0 the list is written, also where no room matches; 1 it failed; 2 what
was asked for, or a setting, can't be used, and nothing was asked; 3 more rooms
match than --at-most.

  pulumi-synapse rooms --creator @spammer:example.org --at-most 50 >> rooms.yaml
`;

/** The command line. `run` gets the flags of the command `rooms`. */
export function commandLine(version: string, run: (flags: RoomsFlags) => Promise<void>): Command {
  const program = new Command("pulumi-synapse")
    .description(
      "Finds rooms of a Synapse homeserver, to be reviewed and shut down by pulumi-synapse.",
    )
    .version(version)
    .exitOverride();
  const rooms = program
    .command("rooms")
    .description(
      "Lists the rooms that match all of these filters, sorted by id. At least one filter is needed. It changes nothing.",
    )
    .addHelpText("after", after)
    .exitOverride()
    .allowExcessArguments(false)
    .action(run);
  for (const option of options()) rooms.addOption(option);
  return program;
}

function options(): Option[] {
  const atMost = new Option(
    "--at-most <number>",
    `required: the most rooms that are wanted, 1 to ${mostRooms}`,
  )
    .argParser(wholeNumber)
    .makeOptionMandatory();
  const format = new Option("--format <format>", "how the list is written; a table is for reading")
    .choices(Object.keys(formats))
    .default("yaml");
  return [
    atMost,
    format,
    ...filters().map((option) => option.helpGroup("Filters:")),
    ...connection().map((option) => option.helpGroup("Connection:")),
  ];
}

function filters(): Option[] {
  const number = (flags: string, what: string) => new Option(flags, what).argParser(wholeNumber);
  const boolean = (flags: string, what: string) =>
    new Option(`${flags} <true|false>`, what).argParser(yesOrNo);
  return [
    new Option("--creator <user>", "who made it, @user:server"),
    new Option("--creator-server <server>", "the server of whoever made it"),
    new Option("--room-server <server>", "the server that it was made on"),
    new Option("--name-contains <text>", "a part of its name, in letters of any case"),
    new Option("--name-matches <pattern>", "its name, as a JavaScript /pattern/i").argParser(
      pattern,
    ),
    boolean("--has-local-members", "whether somebody of this homeserver is in it"),
    number("--max-local-members <number>", "not more members of this homeserver than this"),
    number("--min-joined-members <number>", "not fewer members on all servers than this"),
    boolean("--is-public", "whether it is in the public directory"),
    boolean("--is-encrypted", "whether it is encrypted"),
    new Option("--type <type>", 'its type, such as m.space; "" for an ordinary room'),
    new Option("--in-space <room>", "the id of a space: it and all that is below it"),
    new Option("--joined-by <user>", "a user of this homeserver who has joined it"),
  ];
}

function connection(): Option[] {
  return [
    new Option("--homeserver-url <url>", "the homeserver's base URL"),
    new Option("--protected-room <room...>", "ids and aliases of rooms that are left out"),
    new Option("--ca-file <path>", "an authority to trust besides the usual ones, as PEM"),
    new Option("--client-cert-file <path>", "a certificate for a proxy that wants one, as PEM"),
    new Option("--client-key-file <path>", "its key, as PEM"),
    new Option("--allow-insecure-http", "allow plain http to other machines"),
    new Option("--request-timeout-seconds <number>", "how long one request may take, 1 to 3600"),
  ];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function yesOrNo(text: string): boolean {
  if (text !== "true" && text !== "false") {
    throw new InvalidArgumentError("It must be true or false.");
  }
  return text === "true";
}

function pattern(text: string): RegExp {
  const [, source = text, flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  try {
    return new RegExp(source, flags);
  } catch {
    throw new InvalidArgumentError("It must be a JavaScript pattern.");
  }
}
