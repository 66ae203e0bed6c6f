import { stopSharedHomeservers } from "./shared";

/** mocha calls this once after all tests, whatever their outcome. */
export async function mochaGlobalTeardown(): Promise<void> {
  await stopSharedHomeservers();
}
