import type { Identity } from "../homeserver/identity";
import type { Members } from "../homeserver/members";
import type { Room } from "../homeserver/room";
import type { Reviewed } from "../resource/arguments";

/** What a review sees of a room. */
export interface Sight {
  readonly identity: Identity;
  readonly members: Members;
}

/** Looks at a room, or gives undefined if the homeserver does not know it. */
export async function look(room: Room, maxAgeMs = 0): Promise<Sight | undefined> {
  const identity = await room.identity(maxAgeMs);
  if (identity === undefined) return undefined;
  const members = await room.members(maxAgeMs, identity);
  return members && { identity, members };
}

/** The room as it is kept in the state. What the server does not tell is absent. */
export function snapshotOf({ identity, members }: Sight): NonNullable<Reviewed["room"]> {
  const { unknown, statistics, ...details } = identity;
  return {
    ...details,
    joinedMembers: members.joined,
    joinedLocalMembers: members.local.joined.length,
  };
}
