import type { SynapseAdminClient } from "../synapse/admin-client";
import { unlessAbsent } from "../synapse/errors";
import { roomLimits, unlessTooMuch } from "./bounded";
import type { RoomDetails } from "../synapse/schemas";

/** What of a room's details comes from statistics, and can be read from its state where there are none. */
const fromStatistics = ["name", "canonicalAlias", "encryption", "federatable", "type"] as const;

/** Which room it is. `untold`: what could not be found out. All else that is absent, the room does not have. */
export type Identity = RoomDetails & {
  readonly untold: readonly (typeof fromStatistics)[number][];
};

/**
 * The details with what the state tells, if the homeserver has no statistics of the room. A state that does not even tell how
 * the room was made tells nothing. Undefined if the room has been purged since its details were told.
 */
export async function readIdentity(
  client: SynapseAdminClient,
  roomId: string,
  details: RoomDetails,
): Promise<Identity | undefined> {
  if (details.statistics !== undefined) return { ...details, untold: [] };
  return unlessAbsent(fromState(client, roomId, details));
}

async function fromState(
  client: SynapseAdminClient,
  roomId: string,
  details: RoomDetails,
): Promise<Identity> {
  const content = async (type: string) => {
    const state = await unlessTooMuch(client.roomState(roomId, type, roomLimits));
    return state?.find(({ stateKey }) => stateKey === "")?.content;
  };
  const create = await content("m.room.create");
  if (create === undefined) return { ...details, untold: fromStatistics };
  const [name, alias, encryption] = await Promise.all([
    content("m.room.name"),
    content("m.room.canonical_alias"),
    content("m.room.encryption"),
  ]);
  const texts = Object.entries({
    name: name?.["name"],
    canonicalAlias: alias?.["alias"],
    encryption: encryption?.["algorithm"],
    type: create["type"],
  }).filter(([, text]) => typeof text === "string" && text !== "");
  const federatable = create["m.federate"] !== false;
  return { ...details, ...Object.fromEntries(texts), federatable, untold: [] };
}
