import { systemClock, type Clock } from "../homeserver/clock";
import { readConnection, type Connection } from "../homeserver/connection";
import { Homeserver } from "../homeserver/homeserver";
import { ConfigurationError, type Environment, type SettingsSource } from "../homeserver/settings";
import type { FoundRoom, GetRoomsArgs } from "../program/room-filters";
import { printable } from "../resource/words";
import { impatiently } from "../synapse/impatience";
import { parseArguments } from "./arguments";
import { FindRoomsError } from "./find-rooms-error";
import { Progress } from "./progress";
import { search } from "./search";

/** Where a search is made, and where it writes what it has to say: lines that can be printed. */
export interface SearchOptions {
  readonly config: SettingsSource;
  readonly env: Environment;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
}

/**
 * Finds rooms of the homeserver that the configuration and the environment name, sorted by id.
 * @param given What the rooms are like: `GetRoomsArgs`, not looked at so far.
 * @throws FindRoomsError
 */
export async function findRooms(
  given: unknown,
  { config, env, say, clock = systemClock }: SearchOptions,
): Promise<FoundRoom[]> {
  const { args, connection } = checked(given, config, env);
  const progress = new Progress(clock, (line) => {
    say(printable(line));
  });
  const host = {
    clock,
    random: () => Math.random(),
    log: (room: string, line: string) => {
      progress.say(`${room}: ${line}`);
    },
  };
  const homeserver = Homeserver.at(host, connection);
  try {
    return await impatiently(() => search(homeserver, args, progress));
  } catch (error) {
    if (error instanceof FindRoomsError) throw error;
    throw new FindRoomsError("failed", error instanceof Error ? error.message : String(error));
  }
}

/** What can be used, or all that can't. */
function checked(
  given: unknown,
  config: SettingsSource,
  env: Environment,
): { args: GetRoomsArgs; connection: Connection } {
  const { args, faults } = parseArguments(given);
  try {
    const connection = readConnection(config, env);
    if (args !== undefined) return { args, connection };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.reasons);
  }
  throw new FindRoomsError("refused", faults.join(" "));
}
