import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, type RoomExpectations } from "pulumi-synapse";
import { parse } from "yaml";

/** A resource of the program, as the engine would have got it. */
interface Declared {
  readonly type: string;
  readonly inputs: { roomId: string; block?: boolean; expect?: RoomExpectations };
}

/** What the program has declared, by name. */
const declared = new Map<string, Declared>();

before(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, ...resource }) => {
      const { type, inputs } = resource as Declared;
      declared.set(name, { type, inputs });
      // What the program reads from a resource: its arguments, and what you make up of the outcome.
      return { id: inputs.roomId, state: { ...inputs, status: "complete" } };
    },
    call: () => ({}),
  });
});

/** What an output will be. */
const valueOf = <T>(value: pulumi.Input<T>) =>
  new Promise<pulumi.Unwrap<T>>((resolve) => pulumi.output(value).apply(resolve));

void test("each room of the file is blocked, and held to what is expected of it", async () => {
  // The program runs when it is loaded. So that is here: the mocks have to be there first.
  const { shutdowns } = await import("./index.js");
  const statuses = Object.entries(await valueOf(shutdowns)).map(([id, { status }]) => [id, status]);

  const file = readFileSync(join(__dirname, "rooms.yaml"), "utf8");
  const rooms = parse(file) as { roomId: string; expect: { creator?: string } }[];
  assert.deepEqual(
    statuses,
    rooms.map(({ roomId }) => [roomId, "complete"]),
  );
  for (const { roomId, expect } of rooms) {
    const { type, inputs } = declared.get(roomId) ?? assert.fail(`${roomId} is not declared`);
    assert.equal(type, SynapseRoomShutdown.__pulumiType);
    assert.equal(inputs.block, true);
    assert.deepEqual(inputs.expect, expect);
    assert.ok(expect.creator, `${roomId}: say in expect.creator who made it`);
  }
});
