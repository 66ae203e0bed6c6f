import type { SynapseAdminClient } from "../synapse/admin-client";
import { unlessAbsent } from "../synapse/errors";
import { serverOf } from "../synapse/ids";
import type { RoomDetails, StateEvent } from "../synapse/schemas";
import { roomLimits, unlessTooMuch } from "./bounded";

/** Who is in a room, by membership. */
export interface Members {
  /** How many have joined it, on all servers. Undefined where nobody of this server has: then it does not know the others. */
  readonly joined: number | undefined;
  readonly local: LocalMembers;
}

/** How many have joined a room: on all servers, see {@link Members.joined}, and of this one. */
export interface MemberCount {
  readonly joined: number | undefined;
  readonly local: number;
}

/** The users of this homeserver. A shutdown removes all of them. */
interface LocalMembers {
  readonly joined: readonly string[];
  /** Who is invited, or knocks. Undefined where the homeserver does not tell. */
  readonly waiting: { readonly invited: number; readonly knocking: number } | undefined;
}

/** With more members than this, the state is not even asked for. */
const mostMembersInState = 10_000;

/** How many of the last events about members are looked through, and of how many users they may be. */
const memberEvents = 500;
const mostSenders = 50;

/** Finds out who is in one room. Only memberships count: the numbers among the details are statistics. */
export class MemberFinder {
  /** A room that has once not answered for its state is not asked again. */
  private isStateReadable = true;

  constructor(
    private readonly client: SynapseAdminClient,
    private readonly roomId: string,
    private readonly serverName: () => Promise<string>,
  ) {}

  /**
   * Who is in the room, or undefined if the homeserver does not have it. One request tells all where the state agrees with
   * the statistics; otherwise the list of joined members counts, and who is invited is told only if the state agrees with it.
   */
  async all({ statistics }: Pick<RoomDetails, "statistics">): Promise<Members | undefined> {
    const isHuge = (statistics?.joinedMembers ?? 0) > mostMembersInState;
    const state = isHuge ? undefined : await this.fromState();
    const inState = usersWho(state, "join");
    const isTold = inState.length > 0 && inState.length === statistics?.joinedMembers;
    const joined = isTold ? inState : await unlessAbsent(this.client.roomMembers(this.roomId));
    if (joined === undefined) return undefined;
    const agrees = inState.length > 0 && isSame(inState, joined);
    const serverName = await this.serverName();
    const ofServer = (users: readonly string[]) =>
      users.filter((user) => serverOf(user) === serverName);
    const waiting = (membership: string) => ofServer(usersWho(state, membership)).length;
    const local = ofServer(joined);
    return {
      joined: local.length > 0 ? joined.length : undefined,
      local: {
        joined: local,
        waiting: agrees ? { invited: waiting("invite"), knocking: waiting("knock") } : undefined,
      },
    };
  }

  /** How many have joined the room, or undefined if the homeserver does not have it. One cheap request. */
  async count(): Promise<MemberCount | undefined> {
    const joined = await unlessAbsent(this.client.roomMembers(this.roomId));
    if (joined === undefined) return undefined;
    const serverName = await this.serverName();
    const local = joined.filter((user) => serverOf(user) === serverName).length;
    return { joined: local > 0 ? joined.length : undefined, local };
  }

  /** The local users who have joined the room, or undefined if the homeserver does not have it. */
  async joinedLocally(): Promise<string[] | undefined> {
    const joined = await unlessAbsent(this.client.roomMembers(this.roomId));
    const serverName = await this.serverName();
    return joined?.filter((user) => serverOf(user) === serverName);
  }

  /**
   * Which of these users, who have not joined the room, are shown to be outside: by a leave or a ban in its state or, where
   * that says nothing of them, in its last events. That nothing shows a user does not show that he is outside.
   */
  async outside(users: readonly string[]): Promise<string[]> {
    const isOutside = (membership: string | undefined) =>
      membership === "leave" || membership === "ban";
    const state = membershipsIn((await this.fromState()) ?? []);
    const silent = users.filter((user) => !state.has(user));
    if (silent.length === 0) return users.filter((user) => isOutside(state.get(user)));
    const senders = silent.length > mostSenders ? undefined : silent;
    const events = await unlessTooMuch(
      this.client.memberEvents(this.roomId, { limit: memberEvents, senders }, roomLimits),
    );
    // Newest first, so that the first one of a user counts.
    const last = membershipsIn((events ?? []).reverse());
    return users.filter((user) => isOutside(state.get(user) ?? last.get(user)));
  }

  /** The members in the state, or undefined where the homeserver does not answer for it. */
  private async fromState(): Promise<StateEvent[] | undefined> {
    if (!this.isStateReadable) return undefined;
    const state = await unlessTooMuch(
      unlessAbsent(this.client.roomState(this.roomId, "m.room.member", roomLimits)).then(
        (events) => events ?? [],
      ),
    );
    this.isStateReadable = state !== undefined;
    return state;
  }
}

function membershipsIn(events: readonly StateEvent[]): Map<string, string> {
  return new Map(
    events.map(({ stateKey = "", content }) => [stateKey, String(content["membership"])]),
  );
}

function usersWho(state: readonly StateEvent[] | undefined, membership: string): string[] {
  const memberships = [...membershipsIn(state ?? [])];
  return memberships.filter(([, one]) => one === membership).map(([user]) => user);
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(some);
  return set.size === others.length && others.every((one) => set.has(one));
}
