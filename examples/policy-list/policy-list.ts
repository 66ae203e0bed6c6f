/** Where a policy list is read. */
export interface PolicyList {
  readonly homeserverUrl: string;
  /** Of any user who has joined the list's room. */
  readonly accessToken: string;
  readonly listRoomId: string;
}

/** A room that the list bans. */
export interface BannedRoom {
  readonly roomId: string;
  readonly reason: string;
}

interface StateEvent {
  readonly type: string;
  readonly content: {
    readonly entity?: unknown;
    readonly recommendation?: unknown;
    readonly reason?: unknown;
  };
}

/** Types of the rules: the one of the specification, and those that lists used before it. */
const ruleTypes = ["m.policy.rule.room", "m.room.rule.room", "org.matrix.mjolnir.rule.room"];
const banned = ["m.ban", "org.matrix.mjolnir.ban"];

/**
 * The rooms that a policy list bans, sorted by id. A rule that was removed has no entity; one with a wildcard or an alias names
 * no single room and is left out with a warning.
 * @throws Error if the list can't be read: an unreadable list must not look like an empty one.
 */
export async function bannedRooms({
  homeserverUrl,
  accessToken,
  listRoomId,
}: PolicyList): Promise<BannedRoom[]> {
  if (accessToken === "")
    throw new Error("The token to read the policy list with is missing: set POLICY_LIST_TOKEN.");
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(listRoomId)}/state`;
  const response = await fetch(new URL(path, homeserverUrl), {
    headers: { Authorization: `Bearer ${accessToken}` },
    redirect: "error",
  });
  if (!response.ok)
    throw new Error(
      `The policy list ${listRoomId} can't be read: the homeserver says ${response.status}.`,
    );
  const rooms = new Map<string, string>();
  for (const { type, content } of (await response.json()) as StateEvent[]) {
    const { entity, recommendation, reason } = content;
    if (
      !ruleTypes.includes(type) ||
      typeof entity !== "string" ||
      !banned.includes(String(recommendation))
    )
      continue;
    if (entity.startsWith("!") && !/[*?]/.test(entity))
      rooms.set(entity, typeof reason === "string" ? reason : "");
    else
      console.warn(`The rule for ${entity} is left out: it does not name a single room by its id.`);
  }
  return [...rooms]
    .map(([roomId, reason]) => ({ roomId, reason }))
    .sort((a, b) => (a.roomId < b.roomId ? -1 : 1));
}
