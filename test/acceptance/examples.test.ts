import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { ArchiveFolder, readArchive } from "../support/archive/archive";
import { runExample } from "../support/engine/example";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers, ownHomeserver } from "../support/synapse/shared";
import { root } from "../support/machine/paths";

const examples = join(root, "examples");
const projects = readdirSync(examples).filter((name) =>
  existsSync(join(examples, name, "index.ts")),
);

describe("the examples", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => {
    scenario.remove();
  });

  const applied = async (
    name: string,
    config: Record<string, string>,
    more: ConfigMap = {},
    env = {},
  ) => {
    const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }]));
    scenario = await Scenario.create({ ...connectionTo(homeserver), ...own, ...more }, {}, env);
    scenario.run(() => runExample(name));
    return succeeded(await scenario.up());
  };
  const isThere = async (roomId: string) => (await homeserver.roomDetails(roomId)).status === 200;
  const members = async (roomId: string) =>
    (await homeserver.roomDetails(roomId)).body["joined_local_members"];
  /** Destroys a stack whose resource is protected, as its README says. */
  const destroyedOnceUnprotected = async (roomId: string) => {
    assert.match(refused(await scenario.destroy()), /protected/);
    assert.equal(await isThere(roomId), true);
    const config = { roomId: { value: roomId }, protect: { value: "false" } };
    await scenario.configure({ ...connectionTo(homeserver), ...config });
    succeeded(await scenario.up());
    assert.equal(await isThere(roomId), true);
    succeeded(await scenario.destroy());
  };
  const tested: string[] = ["quickstart"]; // By npm run quickstart and the README's test.
  const example = (name: string, test: () => Promise<void>) => {
    tested.push(name);
    it(name, test);
  };

  example("takedown", async () => {
    const room = await homeserver.createRoom({ members: 2, name: "Cheap watches" });
    const media = await homeserver.sendMedia(room);
    const folder = new ArchiveFolder();
    const archiveFile = folder.file("evidence.jsonl.gz");
    const config = { roomId: room.roomId, expectedName: "Cheap watches" };
    await applied("takedown", { ...config, archiveFile });
    const { events } = readArchive(archiveFile);
    assert.ok(events.some(({ content }) => content["url"] === media));
    folder.remove();
    assert.equal(await isThere(room.roomId), false);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal(await homeserver.canDownload(room.creator, media), false);
    scenario.remove();

    const other = await homeserver.createRoom({ name: "Moderators" });
    const another = { roomId: { value: other.roomId }, expectedName: { value: "Cheap watches" } };
    scenario = await Scenario.create({ ...connectionTo(homeserver), ...another }, {});
    scenario.run(() => runExample("takedown"));
    assert.match(refused(await scenario.preview()), /expect\.name does not hold: of the room/);
    assert.equal(await isThere(other.roomId), true);
  });

  example("quarantine-then-purge", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const media = await homeserver.sendMedia(room);
    await applied("quarantine-then-purge", { roomId: room.roomId });
    assert.equal(await members(room.roomId), 0);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal(await homeserver.canDownload(room.creator, media), false);
    await destroyedOnceUnprotected(room.roomId);
    assert.equal(await isThere(room.roomId), false);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
  });

  example("ephemeral-room", async () => {
    const { roomId } = await homeserver.createRoom({ members: 2 });
    await applied("ephemeral-room", { roomId });
    assert.equal(await members(roomId), 2);
    await destroyedOnceUnprotected(roomId);
    assert.equal(await isThere(roomId), false);
  });

  example("move-to-notice-room", async () => {
    const room = await homeserver.createRoom({ members: 3 });
    const roomAlias = homeserver.newAlias();
    await homeserver.setAlias(room, roomAlias);
    const moderator = await homeserver.createUser();
    await applied("move-to-notice-room", { roomAlias, newRoomUserId: moderator.userId });
    const notice = scenario.outputs("closed")["newRoomId"] as string;
    assert.equal(await members(notice), 4);
    assert.equal(await isThere(room.roomId), false);
    const moved = await homeserver.admin(
      "GET",
      `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`,
    );
    assert.equal(expectOk(moved)["room_id"], notice);
  });

  example("spam-wave", async () => {
    const rooms = await Promise.all(Array.from({ length: 4 }, () => homeserver.createRoom()));
    scenario = await Scenario.create(connectionTo(homeserver), {});
    const file = join(scenario.folder, "rooms.yaml");
    const lines = (some: typeof rooms) =>
      some.map(({ roomId }) => `  - roomId: "${roomId}"\n    reason: "a test"\n`).join("");
    writeFileSync(file, `rooms:\n${lines(rooms)}`);
    await scenario.configure({ ...connectionTo(homeserver), rooms: { value: file } });
    scenario.run(() => runExample("spam-wave"));
    succeeded(await scenario.up());
    for (const { roomId } of rooms) assert.equal(await isThere(roomId), false);

    writeFileSync(file, `rooms:\n${lines(rooms.slice(1))}`);
    assert.match(succeeded(await scenario.up()), /4 unchanged/); // The stack and three rooms.
    for (const { roomId } of rooms)
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
  });

  example("two-homeservers", async () => {
    const { local: other } = await federatingHomeservers();
    const [first, second] = await Promise.all([homeserver.createRoom(), other.createRoom()]);
    const config = { roomId: first.roomId, euRoomId: second.roomId, euHomeserverUrl: other.url };
    await applied("two-homeservers", config, {}, { EU_ACCESS_TOKEN: other.adminToken });
    assert.equal(await isThere(first.roomId), false);
    assert.equal((await other.roomDetails(second.roomId)).status, 404);
    assert.ok(!scenario.stateText().includes(other.adminToken));
  });

  example("policy-list", async () => {
    const [list, spam, kept] = await Promise.all([1, 2, 3].map(() => homeserver.createRoom()));
    assert.ok(list && spam && kept);
    const rule = (key: string, entity: string) =>
      homeserver.setState(list, `m.policy.rule.room/${key}`, {
        entity,
        recommendation: "m.ban",
        reason: "spam",
      });
    expectOk(await rule("one", spam.roomId));
    expectOk(await rule("two", "!*:spam.example"));
    expectOk(await homeserver.setState(list, "m.policy.rule.room/three", {}));
    process.env["POLICY_LIST_TOKEN"] = list.creator.accessToken;
    try {
      await applied("policy-list", { listRoomId: list.roomId });
    } finally {
      delete process.env["POLICY_LIST_TOKEN"];
    }
    assert.equal(await isThere(spam.roomId), false);
    assert.equal(await homeserver.isBlocked(spam.roomId), true);
    assert.equal(await isThere(kept.roomId), true);
    assert.equal(await isThere(list.roomId), true);
  });

  it("are all run, and each has what a project needs", () => {
    assert.deepEqual([...tested].sort(), [...projects].sort());
    for (const name of projects) {
      const has = readdirSync(join(examples, name));
      assert.ok(has.includes("package.json"), name);
      if (name !== "quickstart")
        assert.ok(has.includes("Pulumi.yaml") && has.includes("README.md"), name);
      const readme = readFileSync(join(root, "README.md"), "utf8");
      if (name !== "quickstart") assert.ok(readme.includes(`examples/${name}`), name);
    }
  });
});
