import type { DeclaredInputs } from "./arguments";
import { isUnfinished, type Outcome } from "./outcome";
import { mustPurge } from "./purge-due";

// What of an outcome is not as declared.

/**
 * Whether a shutdown has to run for what is declared: there was none, or the last one has left somebody in the room, or the room
 * itself, which is to be purged by now.
 */
export function mustRun(outcome: Outcome, declared: DeclaredInputs, now: Date): boolean {
  const { deleteId, status, failedToKickUsers, purged } = outcome;
  // Whoever has purged it: there is nothing left to keep and nothing to purge.
  if (declared.purgeAfterSeconds !== undefined && purged === true) return false;
  if (deleteId === undefined || status !== "complete") return true;
  if (mustPurge(outcome, declared, now)) return true;
  return purged === false && (failedToKickUsers?.length ?? 0) > 0;
}

/** Whether the room is not blocked although it should be, as far as was seen. */
export function isBlockLifted({ blocked }: Outcome, { block }: DeclaredInputs): boolean {
  return block && blocked === false;
}

/** Whether media was to be quarantined and was not, and can still be found. */
export function isMediaOpen(
  { quarantinedMedia, purged }: Outcome,
  { quarantineMedia }: DeclaredInputs,
): boolean {
  return quarantineMedia && quarantinedMedia === undefined && purged === false;
}

/**
 * Whether a resource is not as declared, as far as its outputs tell. The engine forgets after a refresh that an operation
 * has failed, so the outputs have to tell. A shutdown that goes on and is not waited for is as declared, unless
 * something is to follow its end.
 */
export function isUnsettled(outcome: Outcome, declared: DeclaredInputs, now: Date): boolean {
  if (declared.runOn === "delete") return false;
  if (isUnfinished(outcome)) return declared.wait || declared.purgeAfterSeconds !== undefined;
  const { blocked, purged } = outcome;
  const isChecked = blocked !== undefined && purged !== undefined;
  const isOpen =
    mustRun(outcome, declared, now) ||
    isBlockLifted(outcome, declared) ||
    isMediaOpen(outcome, declared);
  return isOpen || !isChecked;
}
