import { FaultProxy } from "../network/fault-proxy";
import { TestHomeserver } from "./homeserver";

let homeserver: Promise<TestHomeserver> | undefined;
let federation: Promise<[TestHomeserver, TestHomeserver]> | undefined;
let own: Promise<TestHomeserver> | undefined;
const proxies: FaultProxy[] = [];

/** The homeserver that all acceptance tests share. Started by the first one that asks. */
export function sharedHomeserver(): Promise<TestHomeserver> {
  homeserver ??= TestHomeserver.start();
  return homeserver;
}

/** The shared one if it is ours, or else one of our own: for what needs its special users. */
export function ownHomeserver(): Promise<TestHomeserver> {
  own ??= sharedHomeserver().then((shared) =>
    shared.process === undefined ? TestHomeserver.startOwn() : shared,
  );
  return own;
}

/** Two of our own that can reach each other: what one has removed can come back from the other. */
export function federatingHomeservers(): Promise<{
  local: TestHomeserver;
  remote: TestHomeserver;
}> {
  const start = () => TestHomeserver.startOwn({ federates: true });
  federation ??= Promise.all([start(), start()]);
  return federation.then(([local, remote]) => ({ local, remote }));
}

/** A homeserver, and a new proxy in front of it. */
export async function behindProxy(
  start: () => Promise<TestHomeserver> = sharedHomeserver,
): Promise<{ homeserver: TestHomeserver; proxy: FaultProxy }> {
  const homeserver = await start();
  const proxy = await FaultProxy.start(homeserver.url);
  proxies.push(proxy);
  return { homeserver, proxy };
}

/** Stops what was started. What could not be started has failed the test that wanted it. */
export async function stopSharedHomeservers(): Promise<void> {
  for (const proxy of proxies) await proxy.stop();
  const started = await Promise.allSettled([homeserver, own, federation]);
  const running = started.flatMap((result) =>
    result.status === "fulfilled" ? (result.value ?? []) : [],
  );
  for (const one of new Set(running)) await one.stop();
}
