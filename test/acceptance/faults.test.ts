import { FaultProxy } from "../support/network/fault-proxy";
import { faults, requests } from "../support/cases/fault-matrix";
import { survives } from "../support/cases/fault-test";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

// The short form of test/chaos/faults.test.ts: every fault, at the request where it matters most.
describe("a fault at the delete call", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  before(async () => {
    homeserver = await sharedHomeserver();
    proxy = await FaultProxy.start(homeserver.url);
  });
  after(() => proxy.stop());

  for (const [name, fault] of Object.entries(faults)) {
    it(`${name}: one task, its id in the state`, async () => {
      const request = requests["the delete call"];
      if (request === undefined) throw new Error("there is no delete call");
      await survives(homeserver, proxy, request, fault);
    });
  }
});
