import assert from "node:assert/strict";
import { FaultProxy } from "../support/fault-proxy";
import { Stage, callsOf, hookEffects } from "../support/hook-effects";
import type { TestHomeserver } from "../support/homeserver";
import { ownHomeserver } from "../support/shared";

describe("what each hook does", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let stage: Stage;
  before(async () => {
    homeserver = await ownHomeserver();
    proxy = await FaultProxy.start(homeserver.url);
  });
  beforeEach(() => {
    stage = new Stage(homeserver, proxy);
  });
  afterEach(() => {
    stage.remove();
  });
  after(() => proxy.stop());

  for (const line of hookEffects) {
    it(`${line.hook}, ${line.when}: ${line.effect}`, async () => {
      await line.show(stage);
      assert.deepEqual([...callsOf(line, stage)].sort(), [...line.calls].sort());
    });
  }
});
