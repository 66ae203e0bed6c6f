import assert from "node:assert/strict";
import type { FaultProxy } from "../support/network/fault-proxy";
import { hookEffects } from "../support/cases/hook-effects";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { behindProxy, ownHomeserver } from "../support/synapse/shared";
import { Stage } from "../support/cases/stage";

describe("what each hook does", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let stage: Stage;
  before(async () => ({ homeserver, proxy } = await behindProxy(ownHomeserver)));
  beforeEach(() => {
    stage = new Stage(homeserver, proxy);
  });
  afterEach(() => {
    stage.remove();
  });

  for (const line of hookEffects) {
    it(`${line.hook}, ${line.when}: ${line.effect}`, async () => {
      await line.show(stage);
      // An `up` that creates something reviews it first, which is a line of its own.
      const calls = stage.observed({ afterReview: line.hook === "create" });
      assert.deepEqual([...calls].sort(), [...line.calls].sort());
    });
  }
});
