import { isDeepStrictEqual } from "node:util";
import { Mutex } from "async-mutex";
import { SynapseRequestError } from "../synapse/errors";
import type { SynapseAdminClient } from "../synapse/admin-client";
import {
  hasEnded,
  type DeleteRoomOptions,
  type DeleteStatus,
  type RoomDetails,
  type ShutdownTask,
} from "../synapse/schemas";
import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "../hooks/operation";
import { list, nextTry } from "./failures";
import { quarantineMedia } from "../homeserver/quarantine";

/** Which hook wants the shutdown. The delete hook of a resource may run a second one after the create hook's. */
export type Intent = "create" | "delete";

/** A shutdown that is wanted. */
export interface Wanted {
  readonly intent: Intent;
  readonly roomId: string;
  readonly options: DeleteRoomOptions;
  /** Evaluated right before a shutdown starts. Throws if it must not. */
  readonly guard: (room: RoomDetails | undefined) => Promise<void>;
  /** The `delete_id` of an ended shutdown that this one is to run again. */
  readonly after?: string | undefined;
  /** The `delete_id` of a shutdown to take over instead of starting one. */
  readonly adopt?: string | undefined;
  /** Whether the room's media is quarantined first. */
  readonly quarantineMedia?: boolean;
}

/** A shutdown that is on its way. */
export interface Started {
  readonly deleteId: string;
  /** Whether the homeserver already had it. */
  readonly isAdopted: boolean;
  /** How many media were quarantined first, if that was wanted. */
  readonly quarantinedMedia?: number;
}

/** A shutdown that the homeserver has, or has had. */
type Found = Pick<ShutdownTask, "deleteId" | "status">;

interface Sight {
  readonly known: ShutdownTask[];
  readonly adoptable: ShutdownTask | undefined;
}

/** How long to look for a task whose `delete_id` was lost, and how often. */
const lostAnswerMs = 5_000;
const lostAnswerIntervalMs = 500;

/** How old an answer about the room may be right before its shutdown: that of the review in the same operation. */
const reviewFreshMs = 5_000;

/** How old the list of running shutdowns may be. */
const listFreshMs = 1_000;

/**
 * Starts shutdowns, at most one for each that is wanted: resources of one process that want the same one share it, and
 * one that the homeserver already has is taken over. The homeserver itself does not guarantee this: it answers 200 to
 * several DELETEs of one room and runs them side by side.
 */
export class ShutdownStarter {
  private readonly starts = new Map<string, { options: AllOptions; started: Promise<Started> }>();
  private readonly rooms = new Map<string, Mutex>();

  constructor(
    private readonly host: Host,
    private readonly homeserver: Homeserver,
  ) {}

  /** Gives the shutdown that is wanted: shared, taken over or started. */
  async start(wanted: Wanted): Promise<Started> {
    const { intent, roomId, options, after, adopt } = wanted;
    const key = JSON.stringify([intent, roomId, after, adopt]);
    const all = { ...options, quarantineMedia: wanted.quarantineMedia ?? false };
    const other = this.starts.get(key);
    if (other !== undefined) {
      if (!isDeepStrictEqual(other.options, all))
        throw new Error(conflict(roomId, all, other.options));
      return other.started;
    }
    const started = this.alone(roomId, () => this.adoptOrStart(wanted));
    this.starts.set(key, { options: all, started });
    try {
      return await started;
    } catch (error) {
      this.starts.delete(key);
      throw error;
    }
  }

  private async alone<T>(roomId: string, work: () => Promise<T>): Promise<T> {
    const mutex = this.rooms.get(roomId) ?? new Mutex();
    this.rooms.set(roomId, mutex);
    return mutex.runExclusive(work);
  }

  private async adoptOrStart(wanted: Wanted): Promise<Started> {
    const { roomId } = wanted;
    if (wanted.adopt !== undefined)
      return this.takeOver(roomId, await this.named(wanted, wanted.adopt));
    const { known, adoptable } = await this.look(wanted);
    if (adoptable !== undefined) return this.takeOver(roomId, adoptable);
    await wanted.guard(await this.homeserver.room(roomId, reviewFreshMs));
    const quarantined = await this.quarantine(wanted);
    return { ...(await this.startNow(wanted, known)), ...quarantined };
  }

  private async startNow(wanted: Wanted, known: ShutdownTask[]): Promise<Started> {
    const { roomId, options } = wanted;
    try {
      const { deleteId } = await this.homeserver.client.deleteRoom(roomId, options);
      this.host.log(roomId, `shutdown started, delete_id ${deleteId}`);
      return { deleteId, isAdopted: false };
    } catch (error) {
      const task = await this.findStarted(wanted, known, error);
      if (task !== undefined) return task;
      throw error;
    }
  }

  private async quarantine({
    roomId,
    quarantineMedia: isWanted = false,
  }: Wanted): Promise<{ quarantinedMedia?: number }> {
    if (!isWanted) return {};
    const otherwise = "No shutdown was started.";
    return {
      quarantinedMedia: await quarantineMedia(this.host, this.homeserver, roomId, otherwise),
    };
  }

  /** The shutdowns that the homeserver knows of the room, and the one among them that can be taken over. */
  private async look(wanted: Wanted): Promise<Sight> {
    const { roomId, options, after } = wanted;
    const { tasks } = this.homeserver;
    // A second run of one without a notice room would find nothing left to do: answers of a moment ago will do for it.
    const isHarmless = after === undefined && options.newRoomUserId === undefined;
    const room = await this.homeserver.room(roomId, isHarmless ? reviewFreshMs : 0);
    const isAlive = (room?.joinedLocalMembers ?? 0) > 0;
    const known = await (isHarmless && isAlive
      ? tasks.known(roomId, listFreshMs)
      : tasks.ofRoom(roomId));
    // What ended before the one that is to run again does not count.
    const newer = known.slice(known.findIndex(({ deleteId }) => deleteId === after) + 1);
    return { known, adoptable: known.find(isRunning) ?? findDone(wanted, newer, room) };
  }

  private takeOver(roomId: string, { deleteId, status }: Found): Started {
    this.host.log(
      roomId,
      `takes over the shutdown that the homeserver already has: delete_id ${deleteId}, ${status}`,
    );
    return { deleteId, isAdopted: true };
  }

  /**
   * The shutdown that the program names.
   * @throws Error if it is not one of this room, or if nothing shows that it has taken place.
   */
  private async named({ roomId, options }: Wanted, deleteId: string): Promise<Found> {
    const { client, tasks } = this.homeserver;
    const known = await tasks.ofRoom(roomId);
    const task = known.find((one) => one.deleteId === deleteId);
    if (task !== undefined) return task;
    const status = await statusOf(client, deleteId);
    if (status !== undefined) {
      const other = await tasks.roomOf(deleteId);
      if (other === roomId) return { deleteId, ...status };
      throw new Error(
        `adoptDeleteId is "${deleteId}", which is a shutdown of ${other ?? "another room"}, not of ${roomId}. Nothing was done. ` +
          (other === undefined && status.status === "scheduled"
            ? "If it is of this room after all: it is still queued, and the homeserver does not tell for which room. Try again once it has begun."
            : `Known here are ${list(known.map((one) => one.deleteId)) || "none"}; leave adoptDeleteId out to start a new one.`),
      );
    }
    const room = await this.homeserver.room(roomId);
    if (isEmptied(room, options))
      return { deleteId, status: "whose record has expired; the room is shut down" };
    throw new Error(
      `The homeserver has no record of the shutdown "${deleteId}" (adoptDeleteId), and the room ${roomId} is still there with ` +
        `${room?.joinedLocalMembers ?? 0} local members. Nothing was done. Check the id, or leave adoptDeleteId out to shut the room down now.`,
    );
  }

  /**
   * Looks for the task after a DELETE that failed: the homeserver says that one is in progress, or the answer was lost
   * and it may have started one. A DELETE is never sent again here: one that is still on its way could arrive, too.
   */
  private async findStarted(
    { roomId, intent }: Wanted,
    known: ShutdownTask[],
    error: unknown,
  ): Promise<Started | undefined> {
    if (!(error instanceof SynapseRequestError)) return undefined;
    const inProgress = error.httpStatus === 400 && /already in progress/i.test(error.reason);
    if (!inProgress && !error.isAnswerLost) return undefined;
    const { clock } = this.host;
    const isNew = (task: ShutdownTask) => !known.some(({ deleteId }) => deleteId === task.deleteId);
    let found = "the homeserver shows none so far";
    const deadlineMs = clock.nowMs() + lostAnswerMs;
    for (;;) {
      try {
        const tasks = await this.homeserver.tasks.ofRoom(roomId);
        const task = tasks.find(isRunning) ?? tasks.find(isNew);
        if (task !== undefined)
          return inProgress ? this.takeOver(roomId, task) : this.recover(roomId, task);
      } catch (failure) {
        if (!(failure instanceof SynapseRequestError)) throw failure;
        found = `the homeserver can't be asked (${failure.message})`;
      }
      if (clock.nowMs() >= deadlineMs) break;
      await clock.sleep(lostAnswerIntervalMs);
    }
    if (inProgress) return undefined; // A purge of another kind, such as by a retention policy.
    throw new Error(
      `${error.message} Whether the shutdown of ${roomId} was started is not known: ${found}. To find out: ${nextTry[intent]}. It ` +
        "takes over one that shows up meanwhile, and starts one otherwise.",
      { cause: error },
    );
  }

  private recover(roomId: string, { deleteId }: ShutdownTask): Started {
    this.host.log(
      roomId,
      `shutdown started, delete_id ${deleteId}; the answer to the request was lost`,
    );
    return { deleteId, isAdopted: true };
  }
}

/** Where a shutdown stands, or undefined if the homeserver has no record of it. */
async function statusOf(
  client: SynapseAdminClient,
  deleteId: string,
): Promise<DeleteStatus | undefined> {
  try {
    return await client.deleteStatus(deleteId);
  } catch (error) {
    if (error instanceof SynapseRequestError && error.isNotFound) return undefined;
    throw error;
  }
}

function isRunning({ status }: ShutdownTask): boolean {
  return !hasEnded(status);
}

/**
 * A complete shutdown that has already done what is wanted, such as the one of an `up` that was killed.
 * @throws Error if the room is gone but not in the way that is wanted: nothing could be done about it any more.
 */
function findDone(
  { roomId, options }: Wanted,
  ended: ShutdownTask[],
  room: RoomDetails | undefined,
): ShutdownTask | undefined {
  const complete = ended.filter(({ status }) => status === "complete").reverse();
  const [last] = complete;
  if (last === undefined || !isEmptied(room, options)) return undefined;
  const differs = ({ result }: ShutdownTask) =>
    contradiction(options, { newRoomId: result?.newRoomId, purged: room === undefined });
  const done = complete.find((task) => differs(task) === undefined);
  if (done === undefined && room === undefined) {
    throw new Error(
      `The room ${roomId} has already been shut down by delete_id ${last.deleteId}, and ${differs(last) ?? ""}. That can't ` +
        "be changed any more: declare it as it has happened to accept it.",
    );
  }
  return done;
}

/** Whether there is nothing left to do in the room. */
export function isEmptied(room: RoomDetails | undefined, options: DeleteRoomOptions): boolean {
  return room === undefined || (!options.purge && room.joinedLocalMembers === 0);
}

/** How what a shutdown has visibly done differs from what is wanted, if it does so beyond repair. */
export function contradiction(
  options: DeleteRoomOptions,
  { newRoomId, purged }: { newRoomId: string | undefined; purged: boolean },
): string | undefined {
  if (options.newRoomUserId !== undefined && newRoomId === undefined) {
    return "no notice room was made, although newRoomUserId is declared";
  }
  if (options.newRoomUserId === undefined && newRoomId !== undefined) {
    return `the members were moved to the notice room ${newRoomId}, although newRoomUserId is not declared`;
  }
  if (!options.purge && purged) {
    return "it is purged, although purge is false";
  }
  return undefined;
}

type AllOptions = DeleteRoomOptions & { readonly quarantineMedia: boolean };

function conflict(roomId: string, options: AllOptions, others: AllOptions): string {
  const names = Object.keys({ ...options, ...others }) as (keyof AllOptions)[];
  const different = names.filter((name) => options[name] !== others[name]).join(", ");
  return (
    `Another resource of this program shuts ${roomId} down with other options (${different}). One room can be shut down in ` +
    "one way only: declare it once, or with the same options."
  );
}
