import type { SynapseAdminClient } from "../synapse/admin-client";
import type { RoomDetails } from "../synapse/schemas";

/** What of a room's details comes from statistics, and can be read from its state where there are none. */
export const fromStatistics = ["name", "canonicalAlias", "encryption", "federatable"] as const;

/** Which room it is. `unknown`: what could not be found out. All else that is absent, the room does not have. */
export type Identity = RoomDetails & {
  readonly unknown: readonly (typeof fromStatistics)[number][];
};

const limits = { timeoutMs: 10_000, maxBytes: 16 * 2 ** 20 };

/**
 * The details with what the state tells, if the homeserver has no statistics of the room. A state that does not even tell how
 * the room was made tells nothing.
 */
export async function readIdentity(
  client: SynapseAdminClient,
  roomId: string,
  details: RoomDetails,
): Promise<Identity> {
  if (details.statistics !== undefined) return { ...details, unknown: [] };
  const content = async (type: string) =>
    (await client.roomState(roomId, type, limits)).find(({ stateKey }) => stateKey === "")?.content;
  const create = await content("m.room.create");
  if (create === undefined) return { ...details, unknown: fromStatistics };
  const [name, alias, encryption] = await Promise.all([
    content("m.room.name"),
    content("m.room.canonical_alias"),
    content("m.room.encryption"),
  ]);
  const texts = Object.entries({
    name: name?.["name"],
    canonicalAlias: alias?.["alias"],
    encryption: encryption?.["algorithm"],
  }).filter(([, text]) => typeof text === "string" && text !== "");
  const federatable = create["m.federate"] !== false;
  return { ...details, ...Object.fromEntries(texts), federatable, unknown: [] };
}

/** An identity with what was known of the room before, where it can't be found out any more. */
export function withKnown(identity: Identity, before: Partial<RoomDetails> | undefined): Identity {
  if (before === undefined || identity.unknown.length === 0) return identity;
  const { name, canonicalAlias, encryption, federatable } = before;
  const known = Object.entries({ name, canonicalAlias, encryption, federatable });
  const told = Object.fromEntries(known.filter(([, value]) => value !== undefined));
  return { ...identity, ...told, unknown: [] };
}
