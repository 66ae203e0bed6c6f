import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { SynapseAdminClient } from "../../provider/synapse/admin-client";

const runs = 300;

/** Ids that try to get elsewhere: dot segments, slashes, escapes, queries, fragments, newlines, anything but ASCII. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "..",
        ".",
        "%2f",
        "%2e%2e",
        "?",
        "#",
        "\\",
        "\n",
        "\r\n",
        "\0",
        " ",
        ":",
        "é",
        "💥",
        "!",
        "&",
      ),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((parts) => parts.join(""))
  .filter((id) => id !== "" && id !== "." && id !== "..");

describe("the URLs of the client", () => {
  let server: Server;
  let client: SynapseAdminClient;
  let asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const homeserverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new SynapseAdminClient({
      homeserverUrl,
      accessToken: () => Promise.resolve("token"),
      requestTimeoutMs: 5_000,
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const options = { block: false, purge: true, forcePurge: false };
  const endpoints: Record<
    string,
    [(id: string) => Promise<unknown>, before: string, after: string]
  > = {
    roomDetails: [(id) => client.roomDetails(id), "GET /_synapse/admin/v1/rooms/", ""],
    roomMembers: [(id) => client.roomMembers(id), "GET /_synapse/admin/v1/rooms/", "/members"],
    roomState: [
      (id) => client.roomState(id, "m.room.name", { timeoutMs: 5_000, maxBytes: 1_000 }),
      "GET /_synapse/admin/v1/rooms/",
      "/state?type=m.room.name",
    ],
    memberEvents: [
      (id) => client.memberEvents(id, { limit: 1 }, { timeoutMs: 5_000, maxBytes: 1_000 }),
      "GET /_synapse/admin/v1/rooms/",
      "/messages?dir=b&limit=1&filter=%7B%22types%22%3A%5B%22m.room.member%22%5D%7D",
    ],
    user: [(id) => client.user(id), "GET /_synapse/admin/v2/users/", ""],
    isRoomBlocked: [(id) => client.isRoomBlocked(id), "GET /_synapse/admin/v1/rooms/", "/block"],
    setRoomBlock: [
      (id) => client.setRoomBlock(id, true),
      "PUT /_synapse/admin/v1/rooms/",
      "/block",
    ],
    quarantineMedia: [
      (id) => client.quarantineMedia(id),
      "POST /_synapse/admin/v1/room/",
      "/media/quarantine",
    ],
    deleteRoom: [(id) => client.deleteRoom(id, options), "DELETE /_synapse/admin/v2/rooms/", ""],
    deleteStatus: [
      (id) => client.deleteStatus(id),
      "GET /_synapse/admin/v2/rooms/delete_status/",
      "",
    ],
    deleteStatusesOfRoom: [
      (id) => client.deleteStatusesOfRoom(id),
      "GET /_synapse/admin/v2/rooms/",
      "/delete_status",
    ],
    resolveAlias: [(id) => client.resolveAlias(id), "GET /_matrix/client/v3/directory/room/", ""],
  };
  for (const [name, [call, before, after]] of Object.entries(endpoints)) {
    it(`${name} reaches its own endpoint with ${runs} hostile ids`, async () => {
      await fc.assert(
        fc.asyncProperty(hostile, async (id) => {
          asked = [];
          await call(id).catch(() => undefined); // The answer is no room; where the question went is what counts.
          const [line = "", ...more] = asked;
          assert.deepEqual(more, []);
          assert.ok(line.startsWith(before) && line.endsWith(after), line);
          const segment = line.slice(before.length, line.length - after.length);
          assert.doesNotMatch(segment, /[/?#]/);
          assert.equal(decodeURIComponent(segment), id);
        }),
        { numRuns: runs },
      );
    });
  }

  it(`scheduledShutdowns asks for that room alone with ${runs} hostile ids`, async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (id) => {
        asked = [];
        await client.scheduledShutdowns({ roomId: id }).catch(() => undefined);
        const { pathname, searchParams, hash } = new URL(
          (asked[0] ?? "").slice("GET ".length),
          "http://x",
        );
        assert.equal(pathname + hash, "/_synapse/admin/v1/scheduled_tasks");
        assert.deepEqual(
          [...searchParams],
          [
            ["action_name", "shutdown_and_purge_room"],
            ["resource_id", id],
          ],
        );
      }),
      { numRuns: runs },
    );
  });
});
