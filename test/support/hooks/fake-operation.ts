import sinon from "sinon";
import type { Operation } from "../../../provider/hooks/operation";
import { Siblings } from "../../../provider/hooks/siblings";
import type { Connection } from "../../../provider/homeserver/connection";
import { Homeserver } from "../../../provider/homeserver/homeserver";
import { SynapseAdminClient } from "../../../provider/synapse/admin-client";
import { SynapseRequestError } from "../../../provider/synapse/errors";
import type { StateEvent } from "../../../provider/synapse/schemas";

/** A clock on which sleeping takes no time. */
export class FakeClock {
  private elapsedMs = 0;
  readonly sleeps: number[] = [];

  nowMs(): number {
    return this.elapsedMs;
  }

  date(): Date {
    return new Date(this.elapsedMs);
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.elapsedMs += ms;
    return Promise.resolve();
  }
}

/** A request that failed with this status, or without an answer. 404: the server does not have the route. */
export function refusal(httpStatus: number | undefined, reason = "no answer"): SynapseRequestError {
  const errcode = httpStatus === 404 ? "M_UNRECOGNIZED" : undefined;
  return new SynapseRequestError({ ...where, httpStatus, errcode, reason });
}

/** Synapse's answer for what it does not have. */
export function notFound(reason = "Room not found"): SynapseRequestError {
  return new SynapseRequestError({ ...where, httpStatus: 404, errcode: "M_NOT_FOUND", reason });
}

const where = { method: "GET", path: "/", origin: "http://synapse" };

/** Inputs as check makes them for the room of the fake homeserver. */
export const reviewedInputs = {
  roomId: "!room:synapse.test",
  block: false,
  purge: true,
  forcePurge: false,
  runOn: "create" as const,
  unblockOnDelete: false,
  allowUnknownRoom: false,
  quarantineMedia: false,
  wait: true,
  waitTimeoutSeconds: 60,
  maxAttempts: 1,
  serverName: "synapse.test",
  homeserverUrl: "http://synapse",
  room: {},
};

/** A user who can act. */
export const activeUser = {
  deactivated: false,
  locked: false,
  suspended: false,
  shadowBanned: false,
};

/** What the homeserver answers about a room with these memberships. */
function answersOf(memberships: Record<string, string>) {
  const state = Object.entries(memberships).map(([user, membership]) => ({
    type: "m.room.member",
    stateKey: user,
    content: { membership },
  }));
  const joined = Object.keys(memberships).filter((user) => memberships[user] === "join");
  return { details: { statistics: { joinedMembers: joined.length } }, joined, state };
}

const ofType = (type: string, state: StateEvent[]) => state.filter((event) => event.type === type);

/** From now on the homeserver has a room with these memberships. */
export function roomHas(
  client: sinon.SinonStubbedInstance<SynapseAdminClient>,
  memberships: Record<string, string>,
): void {
  const { details, joined, state } = answersOf(memberships);
  client.roomDetails.resolves(details);
  client.roomMembers.resolves(joined);
  client.roomState.callsFake((_roomId, type) => Promise.resolve(ofType(type, state)));
}

/** An operation whose homeserver does what the real one can't be made to do: by default it shuts any room down at once. */
export function fakeOperation(connection: Partial<Connection> = {}) {
  const client = sinon.createStubInstance(SynapseAdminClient);
  client.serverVersion.resolves({ serverVersion: "1.163.2" });
  client.whoami.resolves({ userId: "@admin:synapse.test" });
  const room = answersOf({ "@a:synapse.test": "join", "@b:synapse.test": "join" });
  const unlessGone = <T>(answer: T) =>
    client.deleteRoom.called ? Promise.reject(notFound()) : Promise.resolve(answer);
  client.roomDetails.callsFake(() => unlessGone(room.details));
  client.roomMembers.callsFake(() => unlessGone(room.joined));
  client.roomState.callsFake((_roomId, type) => unlessGone(ofType(type, room.state)));
  client.memberEvents.resolves([]);
  client.user.resolves(activeUser);
  client.isRoomBlocked.resolves(true);
  client.roomBlock.resolves({ block: true, userId: "@admin:synapse.test" });
  client.setRoomBlock.resolves();
  client.scheduledShutdowns.resolves([]);
  client.deleteRoom.resolves({ deleteId: "delete-1" });
  client.deleteStatus.resolves({
    status: "complete",
    result: { kickedUsers: ["@a:synapse.test"], failedToKickUsers: [], localAliases: [] },
  });
  const clock = new FakeClock();
  const lines: string[] = [];
  const host = {
    clock,
    random: () => 0.5,
    log: (room: string, line: string) => void lines.push(`${room}: ${line}`),
  };
  const homeserver = new Homeserver(host, client, {
    homeserverUrl: "http://synapse",
    protectedRooms: [],
    roomLookup: "required",
    maxConcurrentShutdowns: 5,
    ...connection,
  });
  const operation: Operation = {
    connect: () => homeserver,
    siblings: new Siblings(),
    clock,
    log: host.log,
  };
  return { operation, homeserver, host, client, clock, lines };
}
