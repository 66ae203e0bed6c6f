/** Records the state that this version writes: `npm run record-state`, before a release. */
import { TestHomeserver } from "../support/synapse/homeserver";
import { recordState } from "../support/cases/state-fixture";
import { startSynapse } from "../support/synapse/synapse-process";

async function main(): Promise<void> {
  const homeserver = await TestHomeserver.of(await startSynapse());
  try {
    await recordState(homeserver);
  } finally {
    await homeserver.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
