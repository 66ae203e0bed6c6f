import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { complete, type RoomShutdownInputs } from "../../provider/resource/arguments";
import { realOperation } from "../support/hooks/real-operation";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

/** The provider's words: how many have been removed so far, and of how many, where it says so. */
const says = {
  progress: /: active, (\d+)(?: of (\d+))? [a-z ]*removed/,
  left: /\b1 of its local users could not be removed/,
};

describe("the truth about how a shutdown goes on", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await ownHomeserver()));

  /** Somebody joins who is held. Users are removed in the order in which they came. */
  const joinHeld = async (roomId: string) => {
    const user = await homeserver.createUser();
    expectOk(await homeserver.join(user, roomId));
    return homeserver.hold(user);
  };
  const invite = async ({ roomId, creator }: TestRoom) => {
    const { userId } = await homeserver.createUser();
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/invite`;
    expectOk(await homeserver.as(creator, "POST", path, { user_id: userId }));
  };
  const removedSoFar = async (roomId: string) => {
    const [task] = await homeserver.shutdownTasks(roomId);
    const result = task?.["result"] as { kicked_users?: string[] } | null | undefined;
    return result?.kicked_users?.length ?? 0;
  };
  /** Reviews the room and shuts it down. What is said of how it goes on must add up, and something has to be said. */
  const shutDown = async (roomId: string, holdAfterReview: () => Promise<() => void>) => {
    const operation = realOperation(homeserver);
    const { inputs, failures } = await check(operation, {}, { roomId, purge: false });
    assert.equal(failures, undefined);
    const letGo = await holdAfterReview();
    const created = create(operation, complete(inputs as RoomShutdownInputs));
    const isOver = created.then(() => true);
    const said = () =>
      operation.lines
        .map((line) => says.progress.exec(line))
        .filter((progress) => progress !== null);
    while (!(await Promise.race([isOver, sleep(100, false)]))) {
      operation.advance(10_001); // So that each answer is worth a line.
      if (said().length > 0) letGo();
    }
    for (const [line, removed, all = removed] of said()) {
      assert.ok(Number(removed) <= Number(all), line);
    }
    return created;
  };

  it("one that was taken over has not removed more than there were", async () => {
    const { roomId } = await homeserver.createRoom({ members: 6 });
    const letGo = await joinHeld(roomId);
    await homeserver.shutDown(roomId, { purge: false });
    while ((await removedSoFar(roomId)) < 6) await sleep(20);
    const { kickedUsers = [] } = await shutDown(roomId, () => Promise.resolve(letGo));
    assert.equal(kickedUsers.length, 7);
  });

  it("one that removes invited users, too, has not removed more than there were", async () => {
    const room = await homeserver.createRoom();
    for (let invited = 0; invited < 6; invited++) await invite(room);
    const letGo = await joinHeld(room.roomId);
    const { kickedUsers = [] } = await shutDown(room.roomId, () => Promise.resolve(letGo));
    assert.equal(kickedUsers.length, 8);
  });

  it("one of a room that others have joined after its review has not removed more than there were", async () => {
    const { roomId } = await homeserver.createRoom();
    const { kickedUsers = [] } = await shutDown(roomId, async () => {
      for (let late = 0; late < 6; late++) {
        expectOk(await homeserver.join(await homeserver.createUser(), roomId));
      }
      return joinHeld(roomId);
    });
    assert.equal(kickedUsers.length, 8);
  });

  it("a user whom Synapse lists twice, since it was restarted meanwhile, is one user", async () => {
    const { roomId } = await homeserver.createRoom();
    const { userId, ...stuck } = await homeserver.createUser("unremovable");
    expectOk(await homeserver.join({ userId, ...stuck }, roomId));
    const adoptDeleteId = await homeserver.shutDown(roomId, { purge: false });
    await homeserver.shutdownsEnd(roomId);
    const result = { kicked_users: [], failed_to_kick_users: [userId, userId], local_aliases: [] };
    await homeserver.process?.query(
      "UPDATE scheduled_tasks SET result = ? WHERE id = ?",
      JSON.stringify(result),
      adoptDeleteId,
    );
    const declared = { room: { roomId, purge: false, adoptDeleteId } };
    const scenario = await Scenario.create(connectionTo(homeserver), declared);
    try {
      assert.match(refused(await scenario.up()), says.left);
      assert.deepEqual(scenario.outputs("room")["failedToKickUsers"], [userId]);
      succeeded(await scenario.refresh());
      assert.deepEqual(scenario.outputs("room")["failedToKickUsers"], [userId]);
    } finally {
      scenario.remove();
    }
  });
});
