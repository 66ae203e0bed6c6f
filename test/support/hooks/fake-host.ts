import sinon from "sinon";
import { Homeserver } from "../../../provider/homeserver/homeserver";
import type { Connection } from "../../../provider/homeserver/connection";
import type { Host } from "../../../provider/hooks/operation";
import { Operation } from "../../../provider/hooks/siblings";
import { SynapseAdminClient } from "../../../provider/synapse/admin-client";
import { SynapseRequestError } from "../../../provider/synapse/errors";

/** A clock on which sleeping takes no time. */
export class FakeClock {
  private elapsedMs = 0;
  readonly sleeps: number[] = [];

  nowMs(): number {
    return this.elapsedMs;
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.elapsedMs += ms;
    return Promise.resolve();
  }
}

/** Synapse's answer for what it does not have. */
export function notFound(reason = "Room not found"): SynapseRequestError {
  return new SynapseRequestError({
    method: "GET",
    path: "/",
    origin: "http://synapse",
    httpStatus: 404,
    errcode: "M_NOT_FOUND",
    reason,
  });
}

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
  room: { joinedMembers: 2, joinedLocalMembers: 2 },
  __provider: "code",
};

/** A host whose homeserver does what the real one can't be made to do: by default it shuts any room down at once. */
export function fakeHost(connection: Partial<Connection> = {}) {
  const client = sinon.createStubInstance(SynapseAdminClient);
  client.serverVersion.resolves({ serverVersion: "1.163.2" });
  client.whoami.resolves({ userId: "@admin:synapse.test" });
  client.roomDetails.callsFake(() =>
    client.deleteRoom.called
      ? Promise.reject(notFound())
      : Promise.resolve({ joinedMembers: 2, joinedLocalMembers: 2 }),
  );
  client.roomMemberships.resolves(new Map());
  client.isRoomBlocked.resolves(true);
  client.setRoomBlock.resolves();
  client.scheduledShutdowns.resolves([]);
  client.deleteRoom.resolves({ deleteId: "delete-1" });
  client.deleteStatus.resolves({
    status: "complete",
    result: { kickedUsers: ["@a:synapse.test"], failedToKickUsers: [], localAliases: [] },
  });
  const clock = new FakeClock();
  const lines: string[] = [];
  const host: Host = {
    connect: () => homeserver,
    clock,
    operation: new Operation(),
    random: () => 0.5,
    log: (roomId, line) => lines.push(`${roomId}: ${line}`),
  };
  const homeserver = new Homeserver(host, client, {
    homeserverUrl: "http://synapse",
    protectedRooms: [],
    roomLookup: "required",
    maxConcurrentShutdowns: 5,
    ...connection,
  });
  return { host, client, clock, lines };
}
