import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RoomArchive } from "pulumi-synapse";
import { readArchive } from "../support/archive/archive";
import { LongHistory } from "../support/archive/long-history";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { hostsOf } from "../support/machine/processes";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

const count = 100_000;
const mostMegabytes = 250;

describe("the archive of a long history", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await sharedHomeserver()));

  it(`${count} events, in a host that never has ${mostMegabytes} MB`, async () => {
    const { roomId } = await homeserver.createRoom();
    let peaks: number[] = [];
    const history = await LongHistory.start(homeserver.url, count, () => {
      peaks = hostsOf(process.pid).map(peakMegabytes);
    });
    const declared = { room: { roomId, archiveFile: "long.jsonl" } };
    const scenario = await Scenario.create(connectionTo(homeserver, history), declared);
    try {
      succeeded(await scenario.up());
      assert.ok(peaks.length > 0, "no host was seen");
      console.log(`      megabytes at most: ${peaks.join(", ")}`);
      assert.ok(Math.max(...peaks) < mostMegabytes, String(peaks));
      assert.equal((scenario.outputs("room")["archive"] as RoomArchive).events, count);
      const { events } = readArchive(join(scenario.folder, "long.jsonl"));
      assert.equal(new Set(events.map(({ event_id }) => event_id)).size, count);
    } finally {
      scenario.remove();
      await history.stop();
    }
  });
});

/** The most memory that a process has ever had. */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
