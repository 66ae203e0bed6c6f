import type { DeclaredInputs } from "./arguments";
import { isUnfinished, noRecord, type Outcome } from "./outcome";

// A room with purgeAfterSeconds has two shutdowns on create: one that keeps it, and once the time is over one that purges it.
// The state has purgeDueAt from the end of the first to the end of the second.

type Due = Pick<Outcome, "purgeDueAt">;

/** Whether the shutdown on create that a state tells of purges the room, or the one that is to run first. */
export function purges(values: DeclaredInputs & Outcome): boolean {
  if (values.purgeAfterSeconds === undefined) return values.purge;
  // It was not found out whether the one that purges has left the room.
  const isUnseen =
    isUnfinished(values) || values.status === noRecord || values.purged === undefined;
  return values.purged === true || (isUnseen && values.purgeDueAt !== undefined);
}

/** Whether a room that is still there is to be purged now. */
export function mustPurge(
  outcome: Outcome,
  { purge, purgeAfterSeconds }: DeclaredInputs,
  now: Date,
): boolean {
  if (!purge || outcome.purged !== false) return false;
  return purgeAfterSeconds === undefined || isOver(outcome, now);
}

/** Whether the time for which a room was to be kept is over. */
export function isOver({ purgeDueAt }: Due, now: Date): boolean {
  return purgeDueAt !== undefined && Date.parse(purgeDueAt) <= now.getTime();
}

/** The values with when the room is to be purged by what is declared now: as long after the end of its shutdown as that says. */
export function withMovedDue<T extends Due>(
  { purgeDueAt, ...values }: T,
  before: number | undefined,
  after: number | undefined,
): Omit<T, "purgeDueAt"> & Due {
  if (!isTime(purgeDueAt) || before === undefined || after === undefined) return values;
  if (before === after) return { ...values, purgeDueAt };
  return { ...values, purgeDueAt: timeOf(Date.parse(purgeDueAt) + (after - before) * 1000) };
}

/**
 * The state with when its room is to be purged, now that a shutdown has been seen to have ended. `isThere`: whether the
 * homeserver still has the room.
 */
export function withDue<T extends DeclaredInputs & Outcome>(
  state: T,
  isThere: boolean,
  now: Date,
): Omit<T, "purgeDueAt"> & Due {
  const { purgeDueAt, ...rest } = state;
  const { purgeAfterSeconds, status } = state;
  if (!isThere || purgeAfterSeconds === undefined) return rest;
  if (status !== "complete") return state;
  if (isTime(purgeDueAt)) return state;
  return { ...rest, purgeDueAt: timeOf(now.getTime() + purgeAfterSeconds * 1000) };
}

function isTime(text: string | undefined): text is string {
  return text !== undefined && !Number.isNaN(Date.parse(text));
}

/** RFC 3339, in UTC, to the second. */
function timeOf(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
