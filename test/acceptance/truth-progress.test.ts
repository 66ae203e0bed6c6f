import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { complete, type RoomShutdownInputs } from "../../provider/resource/arguments";
import { realHost } from "../support/hooks/real-host";
import { expectOk, type TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
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

  /** Two join whose removal takes long. Users are removed in the order in which they came. */
  const joinSlowly = async (roomId: string) => {
    for (const user of [await homeserver.createUser("slow"), await homeserver.createUser("slow")])
      expectOk(await homeserver.join(user, roomId));
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
  const shutDown = async (roomId: string, afterReview?: () => Promise<unknown>) => {
    const host = realHost(homeserver);
    const { inputs, failures } = await check(host, {}, { roomId, purge: false });
    assert.equal(failures, undefined);
    await afterReview?.();
    const created = create(host, complete(inputs as RoomShutdownInputs));
    const isOver = created.then(() => true);
    // Time flies, so that each answer is worth a line.
    while (!(await Promise.race([isOver, sleep(100, false)]))) host.advance(10_001);
    const lines = host.lines
      .map((line) => says.progress.exec(line))
      .filter((line) => line !== null);
    assert.ok(lines.length > 0, `nothing was said:\n${host.lines.join("\n")}`);
    for (const [line, removed, all = removed] of lines)
      assert.ok(Number(removed) <= Number(all), line);
    return created;
  };

  it("one that was taken over has not removed more than there were", async () => {
    const { roomId } = await homeserver.createRoom({ members: 6 });
    await joinSlowly(roomId);
    await homeserver.shutDown(roomId, { purge: false });
    while ((await removedSoFar(roomId)) < 6) await sleep(20);
    const { kickedUsers = [] } = await shutDown(roomId);
    assert.equal(kickedUsers.length, 8);
  });

  it("one that removes invited users, too, has not removed more than there were", async () => {
    const room = await homeserver.createRoom();
    for (let invited = 0; invited < 6; invited++) await invite(room);
    await joinSlowly(room.roomId);
    const { kickedUsers = [] } = await shutDown(room.roomId);
    assert.equal(kickedUsers.length, 9);
  });

  it("one of a room that others have joined after its review has not removed more than there were", async () => {
    const { roomId } = await homeserver.createRoom();
    const { kickedUsers = [] } = await shutDown(roomId, async () => {
      for (let late = 0; late < 6; late++)
        expectOk(await homeserver.join(await homeserver.createUser(), roomId));
      await joinSlowly(roomId);
    });
    assert.equal(kickedUsers.length, 9);
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
