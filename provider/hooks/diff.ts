import type { RoomShutdownInputs } from "../resource/arguments";
import { compare, type Differences } from "../resource/compare";
import { hasUnknown } from "../resource/engine-values";
import { plannedLine } from "../resource/plan";
import { roomLabel, type RoomShutdownState } from "../resource/state";
import type { Operation } from "./operation";

/**
 * Whether a change is planned of these inputs. The engine compares others, too: those that a refresh has found, and those of a
 * resource that a replacement elsewhere could reach, with what is not known yet.
 */
export function isPlanned(
  { siblings, clock }: Operation,
  state: RoomShutdownState,
  inputs: RoomShutdownInputs,
): boolean {
  if (siblings.isRefreshed(state.roomId) || hasUnknown(inputs)) return false;
  return compare(state, inputs, clock.date()).changes === true;
}

/**
 * Tells the engine what has changed, and the user what that means for the room, where these inputs were reviewed. A replacement
 * is noted: its delete and its create know nothing of each other.
 */
export function diff(
  operation: Operation,
  state: RoomShutdownState,
  inputs: RoomShutdownInputs,
  isReviewed = true,
): Differences {
  const now = operation.clock.date();
  const differences = compare(state, inputs, now);
  if (!differences.changes) return differences;
  const { replaces } = differences;
  if (replaces.length > 0) operation.siblings.noteReplacement(state, replaces);
  // A refresh compares, too, but plans nothing.
  if (isReviewed && !operation.siblings.isRefreshed(state.roomId)) {
    if (replaces.length === 0 && !hasUnknown(inputs)) operation.siblings.noteUpdate(state);
    operation.log(roomLabel(state), plannedLine(state, inputs, differences, now));
  }
  return differences;
}
