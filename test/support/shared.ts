import { TestHomeserver } from "./homeserver";

let homeserver: Promise<TestHomeserver> | undefined;

/** The homeserver that all acceptance tests share. Started by the first one that asks. */
export function sharedHomeserver(): Promise<TestHomeserver> {
  homeserver ??= TestHomeserver.start();
  return homeserver;
}

/** Stops it, if it was started. */
export async function stopSharedHomeserver(): Promise<void> {
  await (await homeserver)?.stop();
}
