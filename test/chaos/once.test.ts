import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { killDuringCreate, raceOfProcesses } from "../support/cases/once-tests";
import { sharedHomeserver } from "../support/synapse/shared";

const kills = 30;

describe("once, under stress", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await sharedHomeserver()));

  it(`survives ${kills} kills, at each of its requests`, async function () {
    this.timeout(600_000);
    const atDeath: Record<string, number> = {};
    for (let i = 0; i < kills; i++) {
      const found = await killDuringCreate(homeserver, i);
      atDeath[found] = (atDeath[found] ?? 0) + 1;
    }
    console.log(`      tasks of the room when it was killed: ${JSON.stringify(atDeath)}`);
    const { none = 0 } = atDeath;
    assert.ok(none > 0 && none < kills, "all were killed on the same side of the delete call");
  });

  it("makes at most one notice room more than one from 20 processes", async () => {
    const noticeRooms = await raceOfProcesses(homeserver, 20);
    console.log(`      notice rooms: ${noticeRooms}`);
    assert.ok(noticeRooms <= 2);
  });
});
