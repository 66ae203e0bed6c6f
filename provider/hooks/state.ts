import type { RoomSnapshot } from "../room-shutdown";
import type { DeleteStatus } from "../synapse/schemas";
import type { RoomShutdownInputs } from "./inputs";

/** What the review found out about the target. */
export interface Reviewed {
  readonly serverName: string;
  readonly homeserverUrl: string;
  readonly room?: RoomSnapshot;
}

/** What a shutdown has done so far. */
export interface Outcome {
  readonly deleteId?: string;
  readonly status?: string;
  readonly kickedUsers?: string[];
  readonly failedToKickUsers?: string[];
  readonly localAliases?: string[];
  readonly newRoomId?: string;
  readonly blocked?: boolean;
  readonly purged?: boolean;
}

/** The outputs of a resource, as its state keeps them. */
export type RoomShutdownState = RoomShutdownInputs & Reviewed & Outcome & { readonly __provider?: string };

/** Status of a shutdown that belongs to the delete hook and has not run. The only word here that is not Synapse's. */
export const notRun = "not-run";

/** The state with what an answer about the task tells. */
export function withStatus(state: RoomShutdownState, { status, result }: DeleteStatus): RoomShutdownState {
  return { ...state, status, ...result };
}

/** The state without what an earlier shutdown has done. */
export function withoutOutcome(state: RoomShutdownState): RoomShutdownState {
  const { deleteId, status, kickedUsers, failedToKickUsers, localAliases, newRoomId, blocked, purged, ...rest } = state;
  return rest;
}

/** The state without its inputs: an option that the program no longer sets must not stay. */
export function withoutInputs(state: RoomShutdownState): Reviewed & Outcome {
  const { newRoomUserId, roomName, message, onDelete, ...rest } = state;
  return rest;
}

/** As the engine takes it: `undefined` anywhere in it would break the host. */
export function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/**
 * A shutdown that was started and did not end well. With `id`, `properties` and `reasons` the engine keeps the resource,
 * so that the `delete_id` is not lost, and calls update at the next `up`. It shows only the reasons. `__provider` has to be
 * among the properties: without it the next operation can't load the hooks.
 */
export class ShutdownUnfinishedError extends Error {
  readonly id: string;
  readonly properties: RoomShutdownState;
  readonly reasons: string[];

  constructor(state: RoomShutdownState, reason: string) {
    super(reason);
    this.name = "ShutdownUnfinishedError";
    this.id = state.roomId;
    this.properties = plain(state);
    this.reasons = [reason];
  }
}
