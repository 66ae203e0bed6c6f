import type { DeleteRoomOptions, DeleteStatus } from "../synapse/schemas";
import type { Intent } from "./take-over-or-start";

const issues = "https://github.com/element-hq/synapse/issues";

/** What runs the hook again whose shutdown has failed. */
export const nextTry: Record<Intent, string> = {
  create: "`pulumi up`",
  delete:
    "delete the resource once more (`pulumi destroy`, or `pulumi up` where it is no longer declared)",
};

/** What helps where users can't be removed, and what it risks. */
export const forcePurgeHint =
  "maxAttempts tries again by itself where the task fails. Where that does not help, forcePurge purges the room with them in it, " +
  `which can leave their clients with a room that no longer exists (${issues}/17019).`;

/** Errors of tasks that are known upstream, and what helps. */
const known: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /users are still joined/i,
    remedy: `Some local users could not be removed, so Synapse refused to purge the room. ${forcePurgeHint}`,
  },
  {
    pattern: /too large|M_TOO_LARGE|413/i,
    remedy:
      "The message for the notice room is too long for an event: shorten it. The users were removed before that failed.",
  },
  {
    pattern: /user must be our own|unknown user|not a local user/i,
    remedy: "newRoomUserId must be a user of this homeserver that exists.",
  },
  {
    pattern: /foreign key/i,
    remedy:
      `Something refers to the room while it is purged, often an update of the database that Synapse makes in the ` +
      `background after it was installed or upgraded (${issues}/19822). Running it again helps once that is through: ` +
      `GET /_synapse/admin/v1/background_updates/status then shows no current updates.`,
  },
  {
    pattern: /timed? ?out|canceling statement|serializ|deadlock|locked/i,
    remedy: `Huge rooms can fail after hours, and a second run then works (${issues}/17800); maxAttempts starts it by itself.`,
  },
];

/** Why a shutdown failed and what to do, from the homeserver's own error where it tells one. */
export function explainFailure(
  { status, error, result }: DeleteStatus,
  options: DeleteRoomOptions,
): string {
  const text = error?.trim();
  if (text !== undefined && text !== "") {
    const remedy = known.find(({ pattern }) => pattern.test(text))?.remedy;
    return `The homeserver says: ${text}. ${remedy ?? "Its log says more."}`;
  }
  const left = result?.failedToKickUsers ?? [];
  if (status === "cancelled") return "It was cancelled at the homeserver.";
  if (left.length > 0 && options.purge && !options.forcePurge) {
    return `The homeserver does not say why, but these users could not be removed: ${list(left)}. ${forcePurgeHint}`;
  }
  return "The homeserver does not say why (versions before 1.130 never do), but its log does.";
}

/** What a timeout may be about. */
export const stuckHint = `If it does not get any further, a lock of a backfill may hold it up (${issues}/18379), which a restart of the homeserver ends.`;

/** Some of a list of users: enough to begin with. */
export function list(users: readonly string[]): string {
  const shown = users.slice(0, 10).join(", ");
  return users.length > 10 ? `${shown} and ${users.length - 10} more` : shown;
}
