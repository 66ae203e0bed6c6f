import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { roomLabel } from "../../provider/resource/state";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";
import { currentVersion, stateFixtures } from "../support/cases/state-fixture";

describe("the state of an earlier version", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await ownHomeserver()));

  it("is recorded for the current version, too", () => {
    assert.ok(
      stateFixtures().some(({ version }) => version === currentVersion),
      "run npm run record-state",
    );
  });

  for (const { version, declared, state } of stateFixtures()) {
    it(`${version}: previews as no change, and destroys`, async () => {
      // The homeserver that it was written with is gone. This one has the same name and none of the rooms.
      const scenario = await Scenario.create(connectionTo(homeserver), declared);
      try {
        await scenario.restore(JSON.stringify(state), connectionTo(homeserver));
        const unchanged = new RegExp(`${Object.keys(declared).length + 1} unchanged`);
        assert.match(succeeded(await scenario.preview()), unchanged);
        // A destroy connects as the last `up` did, unless the environment says otherwise.
        scenario.setEnv({
          SYNAPSE_HOMESERVER_URL: homeserver.url,
          SYNAPSE_ACCESS_TOKEN: homeserver.adminToken,
        });
        const output = succeeded(await scenario.destroy());
        for (const [name, { runOn }] of Object.entries(declared)) {
          const { outputs } = (state as SavedState).checkpoint.latest.resources.find(({ urn }) =>
            urn.endsWith(`::${name}`),
          ) as SavedResource;
          const gone = `${roomLabel(outputs as never)}: the homeserver no longer has the room`;
          assert.equal(output.includes(gone), runOn === "both" || runOn === "delete", name);
          assert.equal(scenario.has(name), false);
        }
      } finally {
        scenario.remove();
      }
    });
  }
});

interface SavedResource {
  readonly urn: string;
  readonly outputs: Record<string, unknown>;
}

interface SavedState {
  readonly checkpoint: { readonly latest: { readonly resources: SavedResource[] } };
}
