import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { variables, type Environment } from "../homeserver/settings";
import { plural, printable } from "../resource/words";
import { filterNames } from "../rooms/arguments";
import { findRooms } from "../rooms/find-rooms";
import { FindRoomsError, type FindRoomsFailure } from "../rooms/find-rooms-error";
import { commandLine, settingFlags, type RoomsFlags } from "./flags";
import { formats } from "./formats";

/** What a run is given, and what it writes to. */
export interface Terminal {
  readonly env: Environment;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const exitCodes: Record<FindRoomsFailure, number> = { failed: 1, refused: 2, "too many": 3 };

const tokenAsArgument =
  "The access token can't be given as an argument: all users of the machine see it in the list of processes, and the shell keeps " +
  "it. Set SYNAPSE_ACCESS_TOKEN, SYNAPSE_ACCESS_TOKEN_FILE or SYNAPSE_ACCESS_TOKEN_COMMAND instead, and revoke a token that was " +
  "given so.";

/** Runs the command line, and gives its exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { out, err } = terminal;
  if (args.some((arg) => /^-+(access-?)?token\b(?!-(file|command))/i.test(arg))) {
    err(`${tokenAsArgument}\n`);
    return exitCodes.refused;
  }
  const program = commandLine(ownVersion(), (flags) => listRooms(flags, terminal));
  for (const command of [program, ...program.commands]) {
    // A mistyped flag is shown without its value.
    const writeErr = (text: string) => {
      err(text.replace(/(--[\w-]+)=[^']*/g, "$1"));
    };
    command.configureOutput({ writeOut: out, writeErr });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.refused;
    if (!(error instanceof FindRoomsError)) throw error;
    err(`${withFlags(error)}\n`);
    return exitCodes[error.failure];
  }
}

async function listRooms(flags: RoomsFlags, { env, out, err }: Terminal): Promise<void> {
  const { homeserverUrl = env[variables.homeserverUrl], format } = flags;
  const given = Object.fromEntries(
    [...filterNames, "atMost" as const].map((name) => [name, flags[name]]),
  );
  const rooms = await findRooms(given, {
    config: { get: (key) => settings(flags)[key] },
    env: { ...env, [variables.homeserverUrl]: String(homeserverUrl ?? "") },
    say: (line) => {
      err(`${line}\n`);
    },
  });
  out(formats[format](rooms));
  err(`${rooms.length} ${plural(rooms.length, "room")} found.\n`);
}

/** The settings as the stack's configuration would have them. */
function settings(flags: RoomsFlags): Record<string, string | undefined> {
  const { protectedRoom } = flags;
  const given = settingFlags.map((name) => {
    const value = flags[name];
    return [`synapse:${name}`, value === undefined ? undefined : String(value)] as const;
  });
  return {
    ...Object.fromEntries(given),
    "synapse:protectedRooms": protectedRoom && JSON.stringify(protectedRoom),
  };
}

/** What can't be used, by the flags that have said it: the search speaks of arguments and of the stack's configuration. */
function withFlags({ failure, message }: FindRoomsError): string {
  if (failure !== "refused") return message;
  const names = [...filterNames, ...settingFlags, "atMost"].filter((name) => /[A-Z]/.test(name));
  const flag = (name: string) =>
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return names
    .reduce(
      (text, name) => text.replace(new RegExp(`(synapse:)?\\b${name}\\b`, "g"), flag(name)),
      message,
    )
    .replace(/with `pulumi config set[^`]*`, or /g, "")
    .replace(/synapse:\w+ or (?=SYNAPSE_)/g, "");
}

function ownVersion(): string {
  const file = join(__dirname, "..", "..", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** An error that nobody has thought of: without a stack, which is of no use to who reads it. */
export function unexpected(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
