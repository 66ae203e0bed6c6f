import type { Identity } from "../homeserver/identity";
import type { Members } from "../homeserver/members";
import type { Room } from "../homeserver/room";
import type { Reviewed } from "../resource/arguments";

/** What a review sees of a room. */
export interface Sight {
  readonly identity: Identity;
  readonly members: Members;
}

/** What is seen of a room now, or undefined if the homeserver does not know it. */
export async function sightOf(room: Room): Promise<Sight | undefined> {
  const identity = await room.identity();
  if (identity === undefined) return undefined;
  const members = await room.members(0, identity);
  return members && { identity, members };
}

/** The room as it is kept in the state. What the server does not tell is absent. */
export function snapshotOf({ identity, members }: Sight): NonNullable<Reviewed["room"]> {
  const { untold, statistics, ...details } = identity;
  const counted = { ...details, ...countsOf(members) };
  return untold.length === 0 ? counted : { ...counted, untold: [...untold] };
}

/** How many are in a room, as far as it can be told. */
export function countsOf({ joined, local }: Members) {
  const counts = { joinedLocalMembers: local.joined.length };
  return joined === undefined ? counts : { ...counts, joinedMembers: joined };
}
