import { join, sep } from "node:path";
import { findEngine } from "../engine/engine";
import { letAllUsersGo } from "../synapse/held-users";
import { stopSharedHomeservers } from "../synapse/shared";
import { findSynapse } from "../synapse/install";
import { root } from "../machine/paths";

const unitTests = join(root, "test", "unit") + sep;

/** mocha calls this once before all tests, without a time limit: on a new machine the real parts take minutes to install. */
export async function mochaGlobalSetup(this: Mocha.Runner): Promise<void> {
  const needsRealParts = this.suite.suites.some(({ file }) => file?.startsWith(unitTests) !== true);
  if (needsRealParts) await Promise.all([findEngine(), findSynapse()]);
}

/** mocha calls this once after all tests, whatever their outcome. */
export async function mochaGlobalTeardown(): Promise<void> {
  await stopSharedHomeservers();
}

/** Hooks around every test. */
export const mochaHooks = { afterEach: letAllUsersGo };
