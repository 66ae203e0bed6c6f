/**
 * Events a second of an archive, beside a bare loop over the same endpoint: one that asks for page after page, and does nothing
 * with them. On a real Synapse, in one run, in turns; prints a table. `tsx test/bench/archive.ts [EVENTS]`
 */
import { rmSync } from "node:fs";
import type { RoomShutdownState } from "../../provider/resource/state";
import { RoomArchiver } from "../../provider/shutdown/archive";
import { ArchiveFolder } from "../support/archive/archive";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";

const rounds = 7;
const senders = 10;

async function bareLoop(homeserver: TestHomeserver, roomId: string): Promise<number> {
  let count = 0;
  for (let from = ""; ;) {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=1000${from}`;
    const { chunk, end } = expectOk(await homeserver.admin("GET", path));
    count += (chunk as unknown[]).length;
    if (end === undefined) return count;
    from = `&from=${end as string}`;
  }
}

async function archive(homeserver: TestHomeserver, roomId: string, file: string): Promise<number> {
  const room = realOperation(homeserver).connect().room(roomId);
  const reviewed = { roomId, serverName: homeserver.serverName, homeserverUrl: homeserver.url };
  const inputs = inputsOf({ roomId, archiveFile: file });
  const state: RoomShutdownState = { ...inputs, ...reviewed };
  const archiver = new RoomArchiver(realOperation(homeserver).connect(), room, {
    ...state,
    archiveFile: file,
  });
  const { events = 0 } = (await archiver.before()) ?? {};
  rmSync(file);
  return events;
}

async function fill(homeserver: TestHomeserver, room: TestRoom, count: number): Promise<void> {
  let sent = 0;
  const send = async () => {
    while (sent < count) {
      const body = `${sent++} ${"words ".repeat(20)}`;
      await homeserver.sendMessage(room, { msgtype: "m.text", body });
    }
  };
  await Promise.all(Array.from({ length: senders }, send));
}

/** Events a second. */
async function rate(work: () => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const count = await work();
  return (count / (performance.now() - startMs)) * 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function main([count = "5000"]: string[]): Promise<void> {
  const homeserver = await TestHomeserver.startOwn();
  const folder = new ArchiveFolder();
  try {
    const room = await homeserver.createRoom();
    await fill(homeserver, room, Number(count));
    const ways: Record<string, () => Promise<number>> = {
      "a bare loop": () => bareLoop(homeserver, room.roomId),
      archiveFile: () => archive(homeserver, room.roomId, folder.file("room.jsonl")),
      "archiveFile, .gz": () => archive(homeserver, room.roomId, folder.file("room.jsonl.gz")),
    };
    const rates = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const [name, work] of Object.entries(ways)) {
        const found = await rate(work);
        if (round > 0) rates.get(name)?.push(found); // The first one fills the caches.
      }
    }
    const bare = median(rates.get("a bare loop") ?? []);
    console.log(
      `| ${count} events | events a second (median of ${rounds}) | beside the bare loop |`,
    );
    console.log("| --- | --- | --- |");
    for (const [name, values] of rates) {
      const share = (median(values) / bare).toFixed(2);
      console.log(`| ${name} | ${median(values).toFixed(0)} | ${share} |`);
    }
  } finally {
    folder.remove();
    await homeserver.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
