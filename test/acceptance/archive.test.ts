import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RoomArchive } from "pulumi-synapse";
import { ArchiveFolder, readArchive, sha256Of, type RoomEvent } from "../support/archive/archive";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { sharedHomeserver } from "../support/synapse/shared";

/** What nobody may find anywhere but in the archive. */
const secretText = "the content of the room";

describe("an archive", () => {
  let homeserver: TestHomeserver;
  let folder: ArchiveFolder;
  let scenario: Scenario;
  before(async () => (homeserver = await sharedHomeserver()));
  beforeEach(async () => {
    folder = new ArchiveFolder();
    scenario = await Scenario.create(connectionTo(homeserver), {});
  });
  afterEach(() => {
    folder.remove();
    scenario.remove();
  });

  /** A room in which all kinds of things have happened. Gives the bodies of its messages, as they are in the end. */
  const livelyRoom = async () => {
    const room = await homeserver.createRoom({ members: 3, name: "Cheap watches" });
    const text = (body: string, more = {}) =>
      homeserver.sendMessage(room, { msgtype: "m.text", body, ...more });
    await text(secretText);
    const redacted = await text("what was redacted");
    await text('quotes " \\ \u2028 {"chunk":[ \u{1F600} \u0000 end', { nested: [{ 2: 1, 1: [] }] });
    expectOk(await homeserver.setState(room, "m.room.topic", { topic: "Watches" }));
    await homeserver.redact(room, redacted);
    const media = await homeserver.sendMedia(room);
    return { room, media, redacted };
  };
  /** All that the homeserver has, by the admin API, a few events at a time. */
  const historyOf = async ({ roomId }: TestRoom): Promise<RoomEvent[]> => {
    const events: RoomEvent[] = [];
    for (let from = ""; ;) {
      const query = `dir=f&limit=5${from === "" ? "" : `&from=${from}`}`;
      const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/messages?${query}`;
      const { chunk, end } = expectOk(await homeserver.admin("GET", path));
      events.push(...(chunk as RoomEvent[]));
      if (end === undefined) return events;
      from = end as string;
    }
  };
  /** How old they are changes by the moment. */
  const withoutAge = (events: readonly RoomEvent[]): unknown =>
    JSON.parse(JSON.stringify(events, (key, value: unknown) => (key === "age" ? 0 : value)));

  it("holds all that the homeserver has of the room, and only its owner can read it", async () => {
    const { room, media, redacted } = await livelyRoom();
    const [before, state] = [await historyOf(room), await homeserver.roomState(room.roomId)];
    scenario.declare({ room: { roomId: room.roomId, archiveFile: "evidence.jsonl" } });
    const file = join(scenario.folder, "evidence.jsonl");
    const startMs = Date.now();
    const output = succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);

    const archive = readArchive(file);
    assert.deepEqual(withoutAge(archive.events), withoutAge(before));
    assert.deepEqual(
      withoutAge(archive.state),
      withoutAge(expectOk(state)["state"] as RoomEvent[]),
    );
    assert.deepEqual([...archive.members].sort(), room.members.map(({ userId }) => userId).sort());
    assert.equal(archive.bodies[0], secretText);
    assert.ok(archive.events.some(({ content }) => content["url"] === media));
    const shell = archive.events.find(({ event_id }) => event_id === redacted);
    assert.deepEqual(shell?.content, {});
    const { startedAt, room: reviewed, ...header } = archive.header;
    assert.deepEqual(header, {
      kind: "header",
      format: "pulumi-synapse archive",
      version: 1,
      roomId: room.roomId,
      serverName: homeserver.serverName,
      homeserverUrl: homeserver.url,
      requestedBy: await homeserver.adminUser(),
      after: null,
    });
    assert.equal((reviewed as Record<string, unknown>)["name"], "Cheap watches");
    const written = Date.parse(startedAt as string);
    assert.ok(written >= startMs && written <= Date.now() && String(startedAt).endsWith("Z"));

    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(scenario.outputs("room")["archive"], {
      file: "evidence.jsonl",
      sha256: sha256Of(file),
      events: before.length,
      bytes: statSync(file).size,
    });
    assert.ok(!`${output}${scenario.stateText()}`.includes(secretText));
  });

  it("is compressed where its name ends in .gz, and an absolute path is one", async () => {
    const { room } = await livelyRoom();
    const archiveFile = folder.file("room.jsonl.gz");
    scenario.declare({ room: { roomId: room.roomId, archiveFile } });
    succeeded(await scenario.up());
    assert.equal(readArchive(archiveFile).bodies[0], secretText);
    const { sha256, bytes } = scenario.outputs("room")["archive"] as RoomArchive;
    assert.deepEqual([sha256, bytes], [sha256Of(archiveFile), statSync(archiveFile).size]);
    assert.deepEqual(folder.names, ["room.jsonl.gz"]);
  });

  it("is said in the preview, and can't be in a place that is none", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario.declare({ room: { roomId, archiveFile: "evidence.jsonl" } });
    const said = succeeded(await scenario.preview());
    assert.match(said, /before that, it is archived to "evidence.jsonl" \(archiveFile\)$/m);
    scenario.declare({ room: { roomId, archiveFile: "folder/" } });
    assert.match(refused(await scenario.preview()), /must be the path of a file, relative to the/);
  });

  it("can't have the file of another one", async () => {
    const rooms = [await homeserver.createRoom(), await homeserver.createRoom()] as const;
    const [one, other] = rooms.map(({ roomId }) => ({ roomId, archiveFile: "rooms.jsonl" }));
    assert.ok(one && other);
    scenario.declare({ one, other: { ...other, archiveFile: "./x/../rooms.jsonl" } });
    assert.match(refused(await scenario.preview()), /is the file to which another resource/);
    scenario.declare({ one, other: { ...one, archiveFile: "other.jsonl" } });
    assert.match(refused(await scenario.preview()), /with other options \(archiveFile\)/);
  });

  it("is not written anew where its argument changes after the shutdown", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario.declare({ room: { roomId, archiveFile: folder.file("one") } });
    succeeded(await scenario.up());
    scenario.declare({ room: { roomId, archiveFile: folder.file("other") } });
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    assert.deepEqual(folder.names, ["one"]);
  });

  it("is added to by each further shutdown of its resource, on delete as well", async () => {
    const { room } = await livelyRoom();
    const archiveFile = folder.file("room.jsonl");
    const args = { roomId: room.roomId, archiveFile, runOn: "both" as const };
    scenario.declare({ room: { ...args, purge: false, onDelete: { purge: true } } });
    succeeded(await scenario.up());
    const [first, text] = [readArchive(archiveFile), readFileSync(archiveFile, "utf8")];
    const { deleteId } = scenario.outputs("room");

    const destroyed = succeeded(await scenario.destroy());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    const second = readArchive(archiveFile);
    assert.ok(readFileSync(archiveFile, "utf8").startsWith(text));
    assert.ok(destroyed.includes(`sha256 ${sha256Of(archiveFile)}`));
    const since = second.events.slice(first.events.length);
    const left = since.map(({ content }) => content["membership"]);
    assert.deepEqual(left, ["leave", "leave", "leave"]);
    const continued = second.lines.filter(({ kind }) => kind === "continued");
    assert.deepEqual(
      continued.map(({ after }) => after),
      [deleteId],
    );
    assert.equal(statSync(archiveFile).mode & 0o777, 0o600);
    assert.deepEqual(folder.names, ["room.jsonl"]);
  });

  it("is planned where an update runs the shutdown again", async () => {
    const { room } = await livelyRoom();
    const args = { roomId: room.roomId, archiveFile: folder.file("room.jsonl.gz") };
    scenario.declare({ room: { ...args, purge: false } });
    succeeded(await scenario.up());
    const { archive: before } = scenario.outputs("room");
    scenario.declare({ room: args });
    const planned = succeeded(await scenario.preview());
    assert.ok(planned.includes(`planned: archives the room to "${args.archiveFile}"; runs the`));
    succeeded(await scenario.up());
    const { archive } = scenario.outputs("room") as { archive: RoomArchive };
    assert.equal(archive.sha256, sha256Of(args.archiveFile));
    assert.equal(archive.events, readArchive(args.archiveFile).events.length);
    assert.equal(archive.events, (before as RoomArchive).events + 3);
  });
});
