import assert from "node:assert/strict";
import type { Refreshed } from "../../../provider/hooks/read";
import { compare } from "../../../provider/resource/compare";
import type { RoomShutdownState } from "../../../provider/resource/state";
import { ShutdownUnfinishedError } from "../../../provider/shutdown/followed-shutdown";
import { reviewedInputs } from "./fake-operation";

/** A resource whose room was purged. */
export const done: RoomShutdownState = {
  ...reviewedInputs,
  deleteId: "delete-0",
  status: "complete",
  kickedUsers: ["@first:synapse.test"],
  failedToKickUsers: [],
  localAliases: [],
  blocked: false,
  purged: true,
};

/** How a shutdown ends that could not join a suspended user to the notice room. */
export const endWithSuspended = {
  status: "complete",
  result: {
    kickedUsers: [],
    failedToKickUsers: ["@suspended:b"],
    localAliases: [],
    newRoomId: "!notice",
  },
};

/** Whether the engine plans something. */
export function changes(state: object, news: object): boolean | undefined {
  return compare(state as Record<string, unknown>, news as Record<string, unknown>, new Date(0))
    .changes;
}

/** What a refresh has found of a resource that is still there. */
export function stateOf(found: Refreshed): RoomShutdownState {
  return found === "gone" ? assert.fail("it is gone") : found.state;
}

/** The failure of a hook whose shutdown was started and did not end well. */
export async function unfinished(hook: Promise<unknown>): Promise<ShutdownUnfinishedError> {
  const error = await hook.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ShutdownUnfinishedError, String(error));
  return error;
}

/** The state that it keeps. */
export async function unfinishedState(hook: Promise<unknown>): Promise<RoomShutdownState> {
  return (await unfinished(hook)).state;
}
