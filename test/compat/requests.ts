/**
 * Prints how many requests a room an `up` of 100 rooms of one member costs the Synapse that the environment chooses, from its
 * own log.
 */
import { contenders } from "../bench/contenders";
import { RequestLog } from "../bench/request-log";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver } from "../support/synapse/homeserver";

const count = 100;

async function requestsPerRoom(homeserver: TestHomeserver): Promise<number> {
  const { url, adminToken, own } = homeserver;
  const creator = await homeserver.createUser();
  const rooms: string[] = [];
  while (rooms.length < count) rooms.push((await homeserver.createRoom({ creator })).roomId);
  const log = new RequestLog(own.logFile, url);
  let requests = 0;
  await contenders["pulumi-synapse"]?.({ url, adminToken, rooms }, async (step, work) => {
    const { counts } = await log.during(work);
    if (step === "up") requests = Object.values(counts).reduce((sum, more) => sum + more, 0);
    return 0;
  });
  return requests / count;
}

async function main(): Promise<void> {
  console.log(
    JSON.stringify(await withHomeserver(() => TestHomeserver.startOwn(), requestsPerRoom)),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
