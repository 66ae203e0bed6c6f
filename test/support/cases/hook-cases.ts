import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../../provider/hooks/check";
import { create } from "../../../provider/hooks/create";
import { deleteRoom } from "../../../provider/hooks/delete";
import type { Operation } from "../../../provider/hooks/operation";
import { read } from "../../../provider/hooks/read";
import { update } from "../../../provider/hooks/update";
import { notRun } from "../../../provider/resource/outcome";
import type { RoomShutdownState } from "../../../provider/resource/state";
import { inputsOf, realOperation } from "../hooks/real-operation";
import type { TestHomeserver, TestRoom } from "../synapse/homeserver";
import { requests as ofCreate, type FaultyRequest } from "./fault-matrix";

const { whoami } = ofCreate;
const details = ofCreate["the review's details"];
const block = ofCreate["the verification's block"];

/** A hook, and the requests that it makes: those that a fault can meet. */
interface HookCase {
  readonly requests: Readonly<Record<string, FaultyRequest>>;
  /** What has to be there first, and what runs the hook then. */
  readonly stage: (rooms: Rooms) => Promise<(operation: Operation) => Promise<unknown>>;
}

/** Rooms for hooks: new ones for those that shut one down, and one for all that leave it as it is. */
export class Rooms {
  private readonly folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-rooms-"));
  private files = 0;

  private constructor(
    private readonly homeserver: TestHomeserver,
    readonly alive: TestRoom,
    /** The state of a resource whose room was emptied and kept. */
    readonly kept: RoomShutdownState,
  ) {}

  static async make(homeserver: TestHomeserver): Promise<Rooms> {
    const [alive, { roomId }] = [await homeserver.createRoom(), await homeserver.createRoom()];
    const kept = await create(realOperation(homeserver), inputsOf({ roomId, purge: false }));
    return new Rooms(homeserver, alive, kept);
  }

  /** A file that is not there yet. */
  nextFile(): string {
    return join(this.folder, `${this.files++}.jsonl`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** The id of a new room. */
  async next(): Promise<string> {
    return (await this.homeserver.createRoom({ creator: this.alive.creator })).roomId;
  }
}

const onCreate = (args: (rooms: Rooms) => object) => async (rooms: Rooms) => {
  const inputs = inputsOf({ roomId: await rooms.next(), ...args(rooms) });
  return (operation: Operation) => create(operation, inputs);
};

/** Every hook with every request that it makes, by name. */
export const hookCases: Readonly<Record<string, HookCase>> = {
  check: {
    requests: {
      whoami,
      "the details": details,
      "the members": ofCreate["the review's members"],
      "the tasks": ofCreate["the look for tasks"],
    },
    stage: ({ alive: { roomId } }) =>
      Promise.resolve((operation) => check(operation, {}, { roomId })),
  },
  create: { requests: ofCreate, stage: onCreate(() => ({ block: true, quarantineMedia: true })) },
  "create with an archive": {
    requests: {
      "the whole state": { method: "GET", path: /\/state$/, nth: 1 },
      "the events": { method: "GET", path: /\/messages\?/, nth: 1 },
    },
    stage: onCreate((rooms) => ({ archiveFile: rooms.nextFile() })),
  },
  read: {
    requests: { whoami, "the details": details, "the block": block },
    stage: ({ kept }) => Promise.resolve((operation) => read(operation, kept)),
  },
  "read of an unfinished one": {
    requests: { "the task's status": ofCreate["the task's status"] },
    stage: ({ kept }) =>
      Promise.resolve((operation) => read(operation, { ...kept, status: "active" })),
  },
  update: {
    requests: {
      whoami,
      "the block": { method: "PUT", path: /block$/, nth: 1 },
      "the verification's details": details,
      "the verification's block": block,
    },
    stage: ({ kept }) => {
      const news = { ...inputsOf({ roomId: kept.roomId, purge: false }), block: true };
      return Promise.resolve((operation) => update(operation, kept, news));
    },
  },
  delete: {
    requests: {
      whoami,
      "the details": details,
      "the look for tasks": ofCreate["the look for tasks"],
      "the delete call": ofCreate["the delete call"],
      "the task's status": ofCreate["the task's status"],
      "the verification's block": block,
    },
    stage: async (rooms) => {
      const { serverName, homeserverUrl } = rooms.kept;
      const inputs = inputsOf({
        roomId: await rooms.next(),
        runOn: "delete",
        onDelete: { block: true },
      });
      const { roomId } = inputs;
      assert.ok(roomId !== undefined);
      const state = { ...inputs, roomId, serverName, homeserverUrl, status: notRun };
      return (operation) => deleteRoom(operation, state);
    },
  },
};
