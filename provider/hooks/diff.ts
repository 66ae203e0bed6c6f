import type { RoomShutdownInputs } from "../resource/arguments";
import { compare, type Differences } from "../resource/compare";
import { plannedLine } from "../resource/plan";
import { roomLabel, type RoomShutdownState } from "../resource/state";
import type { Operation } from "./operation";

/**
 * Tells the engine what has changed, and the user what that means for the room. A replacement is noted: its delete and its
 * create know nothing of each other.
 */
export function diff(
  operation: Operation,
  state: RoomShutdownState,
  inputs: RoomShutdownInputs,
): Differences {
  const now = operation.clock.date();
  const differences = compare(state, inputs, now);
  if (!differences.changes) return differences;
  const { replaces } = differences;
  if (replaces.length > 0) operation.siblings.noteReplacement(state, replaces);
  // A refresh compares, too, but plans nothing.
  if (!operation.siblings.isRefreshed(state.roomId)) {
    if (replaces.length === 0) operation.siblings.noteUpdate(state);
    operation.log(roomLabel(state), plannedLine(state, inputs, differences, now));
  }
  return differences;
}
