import { FaultProxy } from "../support/network/fault-proxy";
import { faults, requests } from "../support/cases/fault-matrix";
import { survives } from "../support/cases/fault-test";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

describe("every fault at every request of a create", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  before(async () => {
    homeserver = await sharedHomeserver();
    proxy = await FaultProxy.start(homeserver.url);
  });
  after(() => proxy.stop());

  for (const [where, request] of Object.entries(requests)) {
    for (const [name, fault] of Object.entries(faults)) {
      it(`${name} at ${where}: one task, its id in the state`, () =>
        survives(homeserver, proxy, request, fault));
    }
  }
});
