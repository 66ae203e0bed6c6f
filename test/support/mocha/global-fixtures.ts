import { join, sep } from "node:path";
import { findEngine } from "../engine/engine";
import { FaultProxy } from "../network/fault-proxy";
import { letAllUsersGo } from "../synapse/held-users";
import { stopSharedHomeservers } from "../synapse/shared";
import { findSynapse } from "../synapse/install";
import { root } from "../machine/paths";

const unitTests = join(root, "test", "unit") + sep;

/** mocha calls this once before all tests, without a time limit: on a new machine the real parts take minutes to install. */
export async function mochaGlobalSetup(this: Mocha.Runner): Promise<void> {
  const { suites } = this.suite; // None where the files are run side by side, by processes of their own.
  const isUnit = ({ file }: Mocha.Suite) => file?.startsWith(unitTests) === true;
  const needsRealParts = suites.length === 0 || !suites.every(isUnit);
  if (needsRealParts) await Promise.all([findEngine(), findSynapse()]);
}

/** mocha calls this once after all tests, whatever their outcome. What other processes have started ends with them. */
export async function mochaGlobalTeardown(): Promise<void> {
  await stopSharedHomeservers();
}

/** A test that has passed without the fault that it is about has shown nothing. */
function assertFaultsDone(this: Mocha.Context): void {
  if (this.currentTest?.state === "passed") FaultProxy.assertFaultsDone();
}

/** Hooks around every test. */
export const mochaHooks = { afterEach: [letAllUsersGo, assertFaultsDone] };
