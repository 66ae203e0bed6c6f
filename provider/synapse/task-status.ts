/** The words that tasks have had since 1.93 before their end: waiting for their turn, and running. */
export type UnendedStatus = "scheduled" | "active";

const runningWords = ["scheduled", "active", "shutting_down", "purging"];
const endWords = ["complete", "failed", "cancelled"];

/**
 * Whether a task has ended. Every other word, known or not, means that it goes on: 1.48 to 1.92 say
 * `shutting_down` and `purging`, later ones `scheduled` and `active`.
 */
export function hasEnded(status: string | undefined): boolean {
  return status !== undefined && endWords.includes(status);
}

/** Whether this is a word that a version of Synapse is known to say. */
export function isKnownStatus(status: string): boolean {
  return [...runningWords, ...endWords].includes(status);
}
