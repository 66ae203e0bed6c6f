import assert from "node:assert/strict";
import { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, refused } from "../support/engine/scenario";

describe("a Synapse that is older than the oldest supported", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await TestHomeserver.startOwn({ version: "1.97.0" })));
  after(() => homeserver.stop());

  it("is refused at preview, with both versions", async () => {
    const { roomId } = await homeserver.createRoom();
    const scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId } });
    const output = refused(await scenario.preview());
    assert.match(
      output,
      /runs Synapse 1\.97\.0, but 1\.98 is the oldest that this provider supports/,
    );
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
    scenario.remove();
  });
});
