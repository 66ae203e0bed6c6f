import type { Clock } from "../homeserver/clock";
import type { Room } from "../homeserver/room";
import type { Reviewed } from "../resource/arguments";
import type { ArchiveLines, End, Writing } from "./archive-lines";

/** How many lines are made at once: long texts stay in memory for long. And how often is said how many there are. */
const batch = 100;
const sayAfterMs = 10_000;

/** What a new archive holds: all that the homeserver has of the room. */
export async function* contentOf(
  room: Room,
  lines: ArchiveLines,
  { reviewed, writing }: { reviewed: Reviewed; writing: Writing },
  clock: Clock,
): AsyncGenerator<string> {
  yield lines.header(reviewed, writing);
  const state = await room.stateText();
  if (state === undefined) throw new Error("the homeserver does not have the room any more");
  for (const some of batchesOf(state)) yield lines.state(some);
  const members = await room.joinedEverywhere();
  for (const some of batchesOf(members)) yield lines.members(some);
  const next = yield* timelineOf(room, lines, undefined, clock);
  await assertThere(room, writing);
  if (lines.events === 0 && members.length > 0) {
    throw new Error(
      "the homeserver gives no event of the room, although it has members: it can't read a room of a version that it does not support",
    );
  }
  yield lines.end(next);
}

/** What an archive is added that is there already: the events since, or nothing if there are none. */
export async function* laterContentOf(
  room: Room,
  lines: ArchiveLines,
  { end, writing }: { end: End; writing: Writing },
  clock: Clock,
): AsyncGenerator<string> {
  const timeline = timelineOf(room, lines, end.next ?? undefined, clock, () =>
    lines.continued(writing),
  );
  const next = yield* timeline;
  if (lines.events === end.events) return;
  await assertThere(room, writing);
  yield lines.end(next);
}

/** A purge by somebody else in the meantime leaves out what it has reached first. During a shutdown, that has to do. */
async function assertThere(room: Room, { during }: Writing): Promise<void> {
  if (during !== undefined || (await room.details()) !== undefined) return;
  throw new Error("the homeserver does not have the room any more, so some of it may be missing");
}

/** The events after a place, with a head before the first of them. Returns the place after the last one. */
async function* timelineOf(
  room: Room,
  lines: ArchiveLines,
  after: string | undefined,
  clock: Clock,
  head?: () => string,
): AsyncGenerator<string, string | undefined> {
  let place = after;
  let saidMs = clock.nowMs();
  let isFirst = true;
  for await (const { events, next } of room.history(after)) {
    if (isFirst && head !== undefined) yield head();
    for (const some of batchesOf(events)) yield lines.timeline(some);
    [place, isFirst] = [next, false];
    if (clock.nowMs() - saidMs < sayAfterMs) continue;
    saidMs = clock.nowMs();
    room.log(`${lines.events} events archived`);
  }
  return place;
}

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += batch) yield items.slice(at, at + batch);
}
