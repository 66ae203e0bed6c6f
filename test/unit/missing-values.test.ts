import assert from "node:assert/strict";
import fc from "fast-check";
import { hooksOf } from "../../provider/hooks/lifecycle";
import { roomShutdown } from "../../provider/provider";
import type { RoomShutdownState } from "../../provider/resource/state";
import type { SynapseAdminClient } from "../../provider/synapse/admin-client";
import { fakeOperation, reviewedInputs } from "../support/hooks/fake-operation";
import { done } from "../support/hooks/states";
import { ScriptedServer, answer, failure } from "../support/network/scripted-server";

const runs = 200;

/** What a template makes of a value that is not there. */
const nothing = /\b(undefined|null|NaN)\b/;

const full: RoomShutdownState = {
  ...done,
  roomAlias: "#room:synapse.test",
  room: { name: "Watches", creator: "@a:synapse.test", untold: [] },
  newRoomUserId: "@a:synapse.test",
  message: "Gone.",
  expect: { name: "Watches" },
  triggers: [null],
  previousDeleteIds: ["delete-before"],
  newRoomId: "!notice:synapse.test",
  archive: { file: "evidence.jsonl", sha256: "0", events: 1, bytes: 1 },
  purgeDueAt: "2026-01-01T00:00:00Z",
  quarantinedMedia: 1,
};

const properties = Object.keys(full) as (keyof RoomShutdownState)[];
const isNeeded = (name: string) =>
  ["roomId", "serverName", "homeserverUrl", "block", "purge", "runOn"].includes(name);

/** A state in which some properties are missing or null: of one that was edited, or of another resource. */
const holed = fc
  .record({
    missing: fc.subarray(properties),
    empty: fc.subarray(properties, { maxLength: 2 }),
    runOn: fc.constantFrom("create", "delete", "both"),
    status: fc.constantFrom("complete", "active", "failed", "not-run", "a new word"),
    unblockOnDelete: fc.boolean(),
  })
  .map(({ missing, empty, ...rest }) => {
    const state: Record<string, unknown> = { ...full, ...rest };
    for (const name of empty) state[name] = null;
    const dropped = missing.filter((name) => !empty.includes(name));
    const kept = Object.entries(state).filter(([name]) => !(dropped as string[]).includes(name));
    const isOurs = empty.length === 0 && !dropped.some(isNeeded);
    return { state: Object.fromEntries(kept) as unknown as RoomShutdownState, isOurs };
  });

/** States that lack only what need not be there are as important. */
const states = fc.oneof(
  holed,
  holed.map(({ state }) => {
    const needed = Object.entries(full).filter(([name]) => isNeeded(name));
    const there = Object.entries(state).filter(([, value]) => (value as unknown) !== null);
    const all = Object.fromEntries([...needed, ...there]) as unknown as RoomShutdownState;
    return { state: all, isOurs: true };
  }),
);

describe("a value that is missing", () => {
  it(`is in no line and no message of a hook, whatever state the engine gives (${runs} runs)`, async () => {
    let [ours, others] = [0, 0];
    const anyNews = fc.constantFrom<object>(
      {},
      { block: true },
      { purge: false, newRoomUserId: "@a:synapse.test" },
      { triggers: [1] },
      { quarantineMedia: true, unblockOnDelete: true },
    );
    const property = fc.asyncProperty(states, anyNews, async ({ state, isOurs }, more) => {
      const news = { ...reviewedInputs, ...more };
      for (const hook of ["diff", "read", "update", "delete"] as const) {
        const { operation, lines, client } = fakeOperation();
        client.quarantineMedia.resolves({ quarantinedMedia: 1 });
        const hooks = hooksOf(operation) as Record<
          typeof hook,
          (...given: unknown[]) => Promise<unknown>
        >;
        const said = await hooks[hook]("id", state, news).then(
          () => "",
          (error: unknown) => (error as Error).message,
        );
        for (const text of [said, ...lines]) assert.doesNotMatch(text, nothing);
        const isRefused = /was not written by SynapseRoomShutdown: .* is (missing|wrong)/.test(
          said,
        );
        assert.equal(isRefused, !isOurs, `${hook}: ${said}`);
        if (isRefused) assert.equal(client.whoami.callCount + client.deleteRoom.callCount, 0);
      }
      if (isOurs) ours++;
      else others++;
    });
    await fc.assert(property, { numRuns: runs });
    assert.ok(ours > runs / 5 && others > runs / 5, `${ours} of ours, ${others} others`);
  });

  it("is in no message about an answer that lacks it", async () => {
    const limits = { timeoutMs: 2_000, maxBytes: 1_000 };
    const requests: ((client: SynapseAdminClient) => Promise<unknown>)[] = [
      (client) => client.whoami(),
      (client) => client.serverVersion(),
      (client) => client.resolveAlias("#room:synapse.test"),
      (client) => client.roomMembers("!room:synapse.test"),
      (client) => client.roomState("!room:synapse.test", "m.room.create", limits),
      (client) => client.isRoomBlocked("!room:synapse.test"),
      (client) => client.quarantineMedia("!room:synapse.test"),
      (client) => client.deleteRoom("!room:synapse.test", reviewedInputs),
      (client) => client.deleteStatus("delete-1"),
      (client) => client.scheduledShutdowns({}),
      (client) => client.listRooms({ from: 0, limit: 1 }),
      (client) => client.joinedRooms("@a:synapse.test"),
    ];
    for (const [status, body] of [
      [200, "{}"],
      [200, "null"],
      [200, ""],
      [404, "null"],
      [404, '{ "errcode": "M_NOT_FOUND" }'],
    ] as const) {
      const server = new ScriptedServer([
        answer(status, body, { "content-type": "application/json" }),
      ]);
      const client = await server.client();
      for (const request of requests) {
        const { message } = await failure(request(client));
        assert.doesNotMatch(message, nothing, body);
        if (body === "{}") assert.match(message, /at \w+: is missing/);
      }
      server.close();
    }
  });

  it("is in no message of the hooks that the host loads", async () => {
    const given = { roomId: "!room:synapse.test" } as RoomShutdownState;
    await assert.rejects(roomShutdown.read("id", given), {
      message:
        /: serverName is missing, homeserverUrl is missing, .*\(the option id\).*`pulumi state delete`/,
    });
  });
});
