import { TestHomeserver } from "./homeserver";
import { startSynapse } from "./synapse-process";

let homeserver: Promise<TestHomeserver> | undefined;
let own: Promise<TestHomeserver> | undefined;

/** The homeserver that all acceptance tests share. Started by the first one that asks. */
export function sharedHomeserver(): Promise<TestHomeserver> {
  homeserver ??= TestHomeserver.start();
  return homeserver;
}

/** The shared one if it is ours, or else one of our own: for what needs its special users. */
export function ownHomeserver(): Promise<TestHomeserver> {
  own ??= sharedHomeserver().then(async (shared) =>
    shared.process === undefined ? TestHomeserver.of(await startSynapse()) : shared,
  );
  return own;
}

/** Stops what was started. */
export async function stopSharedHomeservers(): Promise<void> {
  for (const started of new Set([await homeserver, await own])) await started?.stop();
}
