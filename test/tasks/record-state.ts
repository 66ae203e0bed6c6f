/** Records the state that this version writes: `npm run record-state`, before a release. */
import { recordState } from "../support/cases/state-fixture";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver } from "../support/synapse/homeserver";

withHomeserver(() => TestHomeserver.startOwn(), recordState).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
