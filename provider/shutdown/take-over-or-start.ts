import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "../homeserver/host";
import { Patience } from "../homeserver/patience";
import type { Room } from "../homeserver/room";
import { differing } from "../resource/words";
import { reviewFreshMs } from "../review/guards";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteRoomOptions, RoomDetails, ShutdownTask } from "../synapse/schemas";
import { hasEnded } from "../synapse/task-status";
import type { Intent } from "../resource/delete-options";
import type { Archive } from "./archive";
import { begunSince, startedAfterAll } from "./lost-answer";
import { namedShutdown } from "./named-shutdown";
import { blockFirst } from "./block-first";
import { contradiction } from "./verify";

/** A shutdown that is wanted. */
export interface Wanted {
  readonly intent: Intent;
  readonly roomId: string;
  readonly options: DeleteRoomOptions;
  /** Evaluated right before a shutdown starts. Throws if it must not. */
  readonly guard: () => Promise<void>;
  /** The `delete_id` of an ended shutdown that this one is to run again. */
  readonly after?: string | undefined;
  /** The `delete_id` of a shutdown to take over instead of starting one. */
  readonly adopt?: string | undefined;
  /** Whether one that has moved the members will do, too: they were to be moved, if there had been any. */
  readonly mayHaveMoved?: boolean;
  /** Whether the room's media is quarantined first. */
  readonly quarantineMedia?: boolean;
  /** Archives the room first. Throws if there is no whole archive in the end. */
  readonly archive?: Archiver | undefined;
}

/** What archives a room: to which file, and how. */
interface Archiver {
  readonly file: string;
  before(): Promise<Archive | undefined>;
}

/** A shutdown that is on its way. */
export interface Started {
  readonly deleteId: string;
  /** Whether the homeserver already had it. */
  readonly isAdopted: boolean;
  /** How many media were quarantined first, if that was wanted. */
  readonly quarantinedMedia?: number;
  /** The archive that was written first, if it was wanted. */
  readonly archive?: Archive;
}

/**
 * Gives the shutdown that is wanted: shared, taken over or started. At most one is started for each that is wanted:
 * resources of one process that want the same one share it, and one that the homeserver already has is taken over. The
 * homeserver itself does not guarantee this: it answers 200 to several DELETEs of one room and runs them side by side.
 */
export async function takeOverOrStart(homeserver: Homeserver, wanted: Wanted): Promise<Started> {
  const { intent, roomId, after, adopt } = wanted;
  return homeserver.inFlight.startOnce(
    roomId,
    JSON.stringify([intent, roomId, after, adopt]),
    allOptions(wanted),
    () => adoptOrStart(homeserver, wanted),
    (others) => new Error(conflict(wanted, others)),
  );
}

async function adoptOrStart(homeserver: Homeserver, wanted: Wanted): Promise<Started> {
  const room = homeserver.room(wanted.roomId);
  if (wanted.adopt !== undefined) {
    return takeOver(room, await namedShutdown(homeserver, room, wanted.options, wanted.adopt));
  }
  const { known, adoptable } = await look(room, wanted);
  if (adoptable !== undefined) return takeOver(room, adoptable);
  await wanted.guard();
  if (wanted.archive === undefined) return quarantineAndStart(homeserver, room, wanted, known);
  const archive = await wanted.archive.before();
  const kept = archive === undefined ? {} : { archive };
  // That may have taken hours: what was seen before it does not count any more.
  const later = await look(room, wanted);
  if (later.adoptable !== undefined) return { ...takeOver(room, later.adoptable), ...kept };
  await wanted.guard();
  return { ...(await quarantineAndStart(homeserver, room, wanted, later.known)), ...kept };
}

async function quarantineAndStart(
  homeserver: Homeserver,
  room: Room,
  wanted: Wanted,
  known: readonly ShutdownTask[],
): Promise<Started> {
  const lookedMs = homeserver.host.clock.nowMs();
  if (!wanted.quarantineMedia) return startNow(homeserver, room, wanted, known, lookedMs);
  const quarantinedMedia = await room.quarantineMedia("No shutdown was started.");
  const started = await startNow(homeserver, room, wanted, known, lookedMs);
  // None are found, either, in a room that somebody else has purged meanwhile.
  if (started.isAdopted && quarantinedMedia === 0) return started;
  return { ...started, quarantinedMedia };
}

/**
 * Starts it, again after a limit on the rate of requests, which starts nothing. A quarantine or a limit can take minutes:
 * then what was seen `lookedMs` is looked at once more.
 */
async function startNow(
  homeserver: Homeserver,
  room: Room,
  wanted: Wanted,
  known: readonly ShutdownTask[],
  lookedMs: number,
): Promise<Started> {
  const { host } = homeserver;
  const patience = new Patience(host.clock, ({ message }) => {
    room.log(`nothing was started: waits for its turn, for up to ten minutes. ${message}`);
  });
  let isFresh = host.clock.nowMs() - lookedMs <= reviewFreshMs;
  for (;;) {
    const task = isFresh ? undefined : begunSince(await room.shutdowns(), known);
    if (task !== undefined) return takeOver(room, task);
    if (!isFresh) await wanted.guard();
    const block = await blockFirst(homeserver, room, wanted.options);
    try {
      return { deleteId: await room.startShutdown(block.options), isAdopted: false };
    } catch (error) {
      if (error instanceof SynapseRequestError && !error.isAnswerLost) await block.lift();
      if (!(error instanceof SynapseRequestError && error.isRateLimited)) {
        return startedAfter(error, host, room, wanted, known);
      }
      if (!(await patience.wait(error))) throw limited(room, error);
      isFresh = false;
    }
  }
}

/** The shutdown that there is although the delete call failed. */
async function startedAfter(
  failure: unknown,
  { clock }: Host,
  room: Room,
  { intent }: Wanted,
  known: readonly ShutdownTask[],
): Promise<Started> {
  const found = await startedAfterAll(clock, room, intent, known, failure);
  if (found.why === "in progress") return takeOver(room, found.task);
  const { deleteId } = found.task;
  room.log(`shutdown started, delete_id ${deleteId}; the answer to the request was lost`);
  return { deleteId, isAdopted: true };
}

function limited({ id }: Room, failure: SynapseRequestError): Error {
  const { message, retryAfterMs } = failure;
  const asked =
    retryAfterMs === undefined ? "" : ` It asks for ${Math.ceil(retryAfterMs / 1000)} seconds.`;
  return new Error(
    `${message}${asked} No shutdown of ${id} was started, since its turn has not come.`,
    { cause: failure },
  );
}

function takeOver(room: Room, { deleteId, status }: Pick<ShutdownTask, "deleteId" | "status">) {
  room.log(
    `takes over the shutdown that the homeserver already has: delete_id ${deleteId}, ${status}`,
  );
  return { deleteId, isAdopted: true };
}

/** The shutdowns that the homeserver knows of the room, and the one among them that can be taken over. */
async function look(
  room: Room,
  wanted: Wanted,
): Promise<{ known: ShutdownTask[]; adoptable: ShutdownTask | undefined }> {
  const { options, after } = wanted;
  // A second run of one without a notice room would find nothing left to do: answers of a moment ago will do for it.
  const isHarmless = after === undefined && options.newRoomUserId === undefined;
  const details = await room.details(isHarmless ? reviewFreshMs : 0);
  // Statistics may be wrong, but all that they decide here is how the same is asked.
  const known = await (isHarmless && details?.statistics !== undefined
    ? room.knownShutdowns(reviewFreshMs)
    : room.shutdowns());
  // What ended before the one that is to run again does not count.
  const newer = known.slice(known.findIndex(({ deleteId }) => deleteId === after) + 1);
  const running = known.find(({ status }) => !hasEnded(status));
  return { known, adoptable: running ?? (await findDone(room, wanted, newer, details)) };
}

/**
 * A complete shutdown that has already done what is wanted, such as the one of an `up` that was killed.
 * @throws Error if the room is gone but not in the way that is wanted: nothing could be done about it any more.
 */
async function findDone(
  room: Room,
  { options, mayHaveMoved }: Wanted,
  ended: readonly ShutdownTask[],
  details: RoomDetails | undefined,
): Promise<ShutdownTask | undefined> {
  const complete = ended.filter(({ status }) => status === "complete").reverse();
  const [last] = complete;
  if (last === undefined) return undefined;
  // It may have ended after the details were read.
  const isThere = details !== undefined && (await room.details()) !== undefined;
  if (isThere && options.purge) return undefined;
  const joined = isThere ? await room.joinedLocally() : undefined;
  if (joined !== undefined && joined.length > 0) return undefined;
  const purged = joined === undefined;
  const differs = ({ result }: ShutdownTask) =>
    contradiction(options, { newRoomId: mayHaveMoved ? undefined : result?.newRoomId, purged });
  const done = complete.find((task) => differs(task) === undefined);
  if (done === undefined && purged) {
    throw new Error(
      `The room ${room.id} has already been shut down by delete_id ${last.deleteId}, and ${differs(last) ?? ""}. That can't ` +
        "be changed any more: declare it as it has happened to accept it.",
    );
  }
  return done;
}

type AllOptions = DeleteRoomOptions & {
  readonly quarantineMedia: boolean;
  readonly archiveFile: string | undefined;
};

function allOptions({ options, quarantineMedia = false, archive }: Wanted): AllOptions {
  return { ...options, quarantineMedia, archiveFile: archive?.file };
}

function conflict(wanted: Wanted, others: AllOptions): string {
  const different = differing(allOptions(wanted), others).join(", ");
  return (
    `Another resource of this program shuts ${wanted.roomId} down with other options (${different}). One room can be shut down in ` +
    "one way only: declare it once, or with the same options."
  );
}
