import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import { diff } from "../../provider/hooks/diff";
import { update } from "../../provider/hooks/update";
import type { RoomShutdownState } from "../../provider/resource/state";
import { ArchiveFolder, readArchive, sha256Of } from "../support/archive/archive";
import { fakeOperation, notFound, reviewedInputs, roomHas } from "../support/hooks/fake-operation";

describe("the archive of a room that is kept, at its next shutdown", () => {
  let folder: ArchiveFolder;
  let file: string;
  beforeEach(() => {
    folder = new ArchiveFolder();
    file = folder.file("room.jsonl");
  });
  afterEach(() => {
    folder.remove();
  });

  const event = (id: string) => JSON.stringify({ event_id: id });
  const declared = () => ({
    ...reviewedInputs,
    purgeAfterSeconds: 100,
    archiveFile: file,
    triggers: [1],
  });

  /** A homeserver whose room is empty by now and has these events. Its next shutdown is of this id. */
  function setUp(deleteId: string, ids: string[]) {
    const fake = fakeOperation();
    const { client } = fake;
    roomHas(client, { "@a:synapse.test": "leave" });
    client.stateText.resolves([]);
    client.historyPage.callsFake((_room, { from }) => {
      const rest = ids.slice(Number(from ?? 0));
      const end = rest.length > 0 ? String(ids.length) : undefined;
      return Promise.resolve({ events: rest.map(event), ids: rest, end });
    });
    client.deleteRoom.resolves({ deleteId });
    return fake;
  }

  /** The resource with its archive. */
  const kept = () => create(setUp("delete-1", ["$1", "$2"]).operation, declared());

  /** A machine on which the purge is due. */
  async function purging() {
    const fake = setUp("delete-2", ["$1", "$2", "$3"]);
    const { client, clock } = fake;
    await clock.sleep(1_000_000);
    client.deleteRoom.callsFake(() => {
      client.roomDetails.rejects(notFound());
      return Promise.resolve({ deleteId: "delete-2" });
    });
    return fake;
  }

  /** What the replacement of a resource by changed triggers comes to. */
  async function replaced(state: RoomShutdownState, more: object = {}) {
    const fake = setUp("delete-2", ["$1", "$2", "$3"]);
    const tasks = [{ deleteId: "delete-1", status: "complete", roomId: reviewedInputs.roomId }];
    fake.client.scheduledShutdowns.resolves(tasks);
    const news = { ...declared(), triggers: [2], ...more };
    diff(fake.operation, state, news);
    await deleteRoom(fake.operation, state);
    return { ...fake, end: await create(fake.operation, news) };
  }

  const isNotHere = /warning: nothing is added to the archive "\S+room\.jsonl", .* is not here/;

  it("is added to where changed triggers run it again", async () => {
    const state = await kept();
    const before = readFileSync(file, "utf8");
    const { end, client } = await replaced(state);
    assert.equal(client.deleteRoom.callCount, 1);
    assert.ok(readFileSync(file, "utf8").startsWith(before));
    const { events } = readArchive(file);
    assert.deepEqual(
      events.map(({ event_id }) => event_id),
      ["$1", "$2", "$3"],
    );
    assert.equal(end.archive?.sha256, sha256Of(file));
  });

  it("stays on record where changed triggers run it again and its file is elsewhere", async () => {
    const state = await kept();
    rmSync(file);
    const { end, lines } = await replaced(state);
    assert.equal(end.deleteId, "delete-2");
    assert.deepEqual(end.archive, state.archive);
    assert.match(lines.join("\n"), isNotHere);
    assert.deepEqual(folder.names, []);
  });

  it("is not taken for one that changed triggers want to another file", async () => {
    const state = await kept();
    const other = folder.file("other.jsonl");
    const { end } = await replaced(state, { archiveFile: other });
    assert.deepEqual([end.archive?.file, end.archive?.sha256], [other, sha256Of(other)]);
  });

  it("stays on record where the purge runs without its file, or its folder", async () => {
    for (const path of ["room.jsonl", "."]) {
      const state = await kept();
      rmSync(folder.file(path), { recursive: true });
      const { operation, lines } = await purging();
      const end = await update(operation, state, declared());
      assert.equal(end.purged, true);
      assert.deepEqual(end.archive, state.archive);
      assert.match(lines.join("\n"), isNotHere);
      assert.throws(() => readFileSync(file), { code: "ENOENT" });
    }
  });

  it("stays on record where the purge of a killed up is taken over without its file", async () => {
    const state = await kept();
    rmSync(file);
    const { operation, client, lines } = await purging();
    const { roomId } = reviewedInputs;
    client.scheduledShutdowns.resolves([
      { deleteId: "delete-1", status: "complete", roomId },
      { deleteId: "of-the-killed", status: "complete", roomId },
    ]);
    client.scheduledShutdowns.withArgs({ status: "active" }).resolves([]);
    client.scheduledShutdowns.withArgs({ status: "scheduled" }).resolves([]);
    client.roomDetails.rejects(notFound());
    const end = await update(operation, state, declared());
    assert.deepEqual([end.deleteId, end.purged], ["of-the-killed", true]);
    assert.deepEqual(end.archive, state.archive);
    assert.match(lines.join("\n"), isNotHere);
    assert.deepEqual(folder.names, []);
  });

  it("is written anew by the purge to the file that is declared by now", async () => {
    const state = await kept();
    rmSync(file);
    file = folder.file("other.jsonl");
    const { operation } = await purging();
    const end = await update(operation, state, declared());
    assert.deepEqual([end.archive?.file, end.archive?.sha256], [file, sha256Of(file)]);
  });
});
