import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { ArchiveFolder, readArchive } from "../support/archive/archive";
import { findEngine } from "../support/engine/engine";
import { runExample } from "../support/engine/example";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers, ownHomeserver } from "../support/synapse/shared";
import { root } from "../support/machine/paths";

const examples = join(root, "examples");
const projects = readdirSync(examples).filter((name) =>
  existsSync(join(examples, name, "index.ts")),
);

/** What the steps of a workflow run before a destroy, without the installation. */
function destroyWorkflow(): string {
  const { jobs } = parse(readFileSync(join(examples, "ci", "destroy.yml"), "utf8")) as {
    jobs: { preview: { steps: { run?: string }[] } };
  };
  return jobs.preview.steps
    .map(({ run = "" }) => run)
    .filter((run) => run !== "npm ci")
    .join("\n");
}

function destroyPipeline(): string {
  const { default: all, "destroy-preview": job } = parse(
    readFileSync(join(examples, "ci", "gitlab-ci.yml"), "utf8"),
  ) as Record<"default", { before_script: string[] }> & Record<string, { script: string[] }>;
  const steps = [...all.before_script, ...(job?.script ?? [])];
  return steps.filter((step) => step !== "npm ci").join("\n");
}

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
    const creator = await homeserver.createUser();
    const rooms = [];
    for (let i = 0; i < 40; i++) {
      rooms.push(await homeserver.createRoom({ creator, name: `Wave ${i}: "watches"\n# cheap` }));
    }
    for (const room of rooms) await homeserver.countsMembers(room);
    scenario = await Scenario.create(connectionTo(homeserver), {});
    const file = join(scenario.folder, "rooms.yaml");
    const list = () =>
      execFileSync(
        process.execPath,
        [
          join(root, "dist", "command", "main.js"),
          ...["rooms", "--creator", creator.userId, "--at-most", "40"],
        ],
        {
          encoding: "utf8",
          env: {
            SYNAPSE_HOMESERVER_URL: homeserver.url,
            SYNAPSE_ACCESS_TOKEN: homeserver.adminToken,
          },
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
    const listed = list();
    await scenario.configure({ ...connectionTo(homeserver), rooms: { value: file } });
    scenario.run(() => runExample("spam-wave"));

    const [changed, ...others] = rooms;
    assert.ok(changed);
    writeFileSync(file, listed);
    expectOk(await homeserver.join(await homeserver.createUser(), changed.roomId));
    assert.match(
      refused(await scenario.preview()),
      /expect\.maxLocalMembers allows 1, but the room \S+ has 2/,
    );
    assert.equal((await homeserver.shutdownTasks(changed.roomId)).length, 0);

    const items = listed.split(/^(?=- )/m).filter((item) => !item.includes(changed.roomId));
    const reviewed = items.map(
      (item, i) => `${item}  reason: "advertises watches, ${i} reports"\n`,
    );
    writeFileSync(file, reviewed.join("") + items.slice(0, 3).join("")); // Some were appended twice.
    const preview = succeeded(await scenario.preview({ diff: false }));
    const says = (i: number) => {
      const [, roomId = ""] = /roomId: "(.+?)"/.exec(items[i] ?? "") ?? [];
      return new RegExp(`^ +${roomId}: \\{\n +reason: "advertises watches, ${i} reports"$`, "m");
    };
    assert.match(preview, says(0));
    assert.match(preview, says(38));
    assert.match(succeeded(await scenario.up()), says(0));
    for (const { roomId } of others) assert.equal(await isThere(roomId), false);
    assert.equal(await members(changed.roomId), 2);

    writeFileSync(file, reviewed.slice(1).join(""));
    assert.match(succeeded(await scenario.up()), /39 unchanged/); // The stack and 38 rooms.
    for (const { roomId } of others)
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    writeFileSync(
      file,
      reviewed.join("") + (reviewed[0]?.replace("maxLocalMembers: 1", "maxLocalMembers: 2") ?? ""),
    );
    assert.match(refused(await scenario.preview()), /rooms\.yaml has \S+ twice, and expects/);
  });

  example("sweep", async () => {
    const own = await TestHomeserver.startOwn();
    try {
      const [lived, left, kept] = await Promise.all([1, 2, 3].map(() => own.createRoom()));
      assert.ok(lived && left && kept);
      for (const room of [left, kept]) expectOk(await own.leave(room.creator, room.roomId));
      const config: ConfigMap = {
        ...connectionTo(own),
        atMost: { value: "1" },
        "synapse:protectedRooms": { value: JSON.stringify([kept.roomId]) },
      };
      scenario = await Scenario.create(config, {});
      scenario.run(() => runExample("sweep"));
      for (const room of [left, kept]) {
        while ((await own.roomDetails(room.roomId)).body["joined_members"] !== 0) await sleep(20);
      }
      succeeded(await scenario.up());
      const stays = async ({ roomId }: TestRoom) => (await own.roomDetails(roomId)).status === 200;
      assert.deepEqual(await Promise.all([lived, left, kept].map(stays)), [true, false, true]);
      // The next night.
      assert.match(succeeded(await scenario.up()), /1 deleted/);
      for (const room of await Promise.all([1, 2].map(() => own.createRoom()))) {
        expectOk(await own.leave(room.creator, room.roomId));
      }
      const many = /getRooms: 2 rooms match, but atMost allows 1/;
      let preview = refused(await scenario.preview());
      while (!many.test(preview)) preview = refused(await scenario.preview());
    } finally {
      await own.stop();
    }
  });

  example("space-takedown", async () => {
    const creator = await homeserver.createUser();
    const inSpace = { creator, creation_content: { type: "m.space" } };
    const space = await homeserver.createRoom({ ...inSpace, name: "Space" });
    const inner = await homeserver.createRoom({ ...inSpace, name: "Inner" });
    const [child, grandchild] = await Promise.all([1, 2].map(() => homeserver.createRoom()));
    const lobby = await homeserver.createRoom({ name: "Lobby" });
    assert.ok(child && grandchild);
    const add = async (parent: TestRoom, { roomId }: TestRoom) =>
      expectOk(
        await homeserver.setState(parent, `m.space.child/${encodeURIComponent(roomId)}`, {
          via: [homeserver.serverName],
        }),
      );
    await add(space, inner);
    await add(space, child);
    await add(inner, grandchild);
    await add(inner, lobby);
    await add(inner, space);
    const output = await applied(
      "space-takedown",
      { space: space.roomId },
      { "synapse:protectedRooms": { value: JSON.stringify([lobby.roomId]) } },
    );
    assert.match(output, /getRooms: 1 room left out, which synapse:protectedRooms protects/);
    assert.equal(await isThere(lobby.roomId), true);
    for (const { roomId } of [space, inner, child, grandchild]) {
      assert.equal(await isThere(roomId), false);
      assert.equal(await homeserver.isBlocked(roomId), true);
    }
    const startOf = async ({ roomId }: TestRoom) =>
      Number((await homeserver.shutdownTasks(roomId))[0]?.["timestamp_ms"]);
    const [first, second, third, last] = await Promise.all(
      [child, grandchild, inner, space].map(startOf),
    );
    assert.ok(first && second && third && last);
    assert.ok(Math.max(first, second) < third && third < last);
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

  for (const [file, script, named] of [
    ["destroy.yml", destroyWorkflow, "TYPED"],
    ["gitlab-ci.yml", destroyPipeline, "DESTROY"],
  ] as const) {
    it(`ci: ${file} refuses another stack, and shows what a destroy would do`, async () => {
      const { roomId } = await homeserver.createRoom({ members: 2, name: "Cheap watches" });
      await applied("ephemeral-room", { roomId, protect: "false" });
      const summary = join(scenario.folder, "summary");
      const run = async (typed: string) =>
        spawnSync("bash", ["-eo", "pipefail", "-c", script()], {
          cwd: scenario.folder,
          encoding: "utf8",
          env: {
            PATH: `${dirname((await findEngine()).command)}:${process.env["PATH"] ?? ""}`,
            PULUMI_HOME: join(scenario.folder, "home"),
            PULUMI_CONFIG_PASSPHRASE: "",
            PULUMI_SKIP_UPDATE_CHECK: "1",
            GITHUB_STEP_SUMMARY: summary,
            STACK: "test",
            [named]: typed,
          },
        });
      const mistyped = await run("tset");
      assert.equal(mistyped.status, 1);
      assert.match(mistyped.stdout, /Nothing was destroyed: .* stack "test", and .*"tset"/);
      const { status, stdout } = await run("test");
      assert.equal(status, 0, stdout);
      assert.ok(stdout.includes(`[id=${roomId}]`), stdout);
      assert.match(stdout, /name +: "Cheap watches"[^]*runOn +: "delete"/);
      if (file === "destroy.yml") assert.match(readFileSync(summary, "utf8"), /runOn +: "delete"/);
      assert.equal(await members(roomId), 2);
    });
  }

  it("are all run, and each has what a project needs", () => {
    assert.deepEqual([...tested].sort(), [...projects].sort());
    for (const name of projects) {
      const has = readdirSync(join(examples, name));
      const { devDependencies } = JSON.parse(
        readFileSync(join(examples, name, "package.json"), "utf8"),
      ) as { devDependencies: Record<string, string> };
      // Pulumi's own TypeScript, which a copy would get without it, is 3.8.
      assert.ok(devDependencies["typescript"], name);
      assert.ok(has.includes("Pulumi.yaml") && has.includes("README.md"), name);
      const readme = readFileSync(join(root, "README.md"), "utf8");
      assert.ok(readme.includes(`examples/${name}`), name);
    }
  });
});
