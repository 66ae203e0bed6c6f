import type { Room } from "../homeserver/room";
import type { Intent } from "../resource/delete-options";
import type { RoomShutdownState } from "../resource/state";
import { list, plural, synapseIssue } from "../resource/words";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteRoomOptions, DeleteStatus } from "../synapse/schemas";

/** What runs the hook again whose shutdown has failed. */
export const nextTry: Record<Intent, string> = {
  create: "`pulumi up`",
  delete:
    "delete the resource once more (`pulumi destroy`, or `pulumi up` where it is no longer declared)",
};

/** What helps where users can't be removed, and what it risks. */
export const forcePurgeHint =
  "maxAttempts tries again by itself where the task fails. Where that does not help, forcePurge purges the room with them in it, " +
  `which can leave their clients with a room that no longer exists (${synapseIssue(17019)}).`;

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
    pattern: /_matrix\/consent|terms and conditions/i,
    remedy:
      "A notice room is made in the name of the access token's user, who has not accepted the homeserver's terms: accept them as " +
      "that user, or leave newRoomUserId out. Nobody was removed.",
  },
  {
    pattern: /foreign key/i,
    remedy:
      `Something refers to the room while it is purged, often an update of the database that Synapse makes in the ` +
      `background after it was installed or upgraded (${synapseIssue(19822)}). Running it again helps once that is through: ` +
      `GET /_synapse/admin/v1/background_updates/status then shows no current updates.`,
  },
  {
    pattern: /timed? ?out|canceling statement|serializ|deadlock|locked/i,
    remedy: `Huge rooms can fail after hours, and a second run then works (${synapseIssue(17800)}); maxAttempts starts it by itself.`,
  },
];

/** Why a shutdown failed and what to do, from the homeserver's own error where it tells one. */
function explainFailure(
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
export const stuckHint = `If it does not get any further, a lock of a backfill may hold it up (${synapseIssue(18379)}), which a restart of the homeserver ends.`;

/** A shutdown, for a message. */
export function shutdownName({ roomId, deleteId }: RoomShutdownState): string {
  return `${roomId} (delete_id ${deleteId ?? "not known"})`;
}

/** That a complete shutdown has not done what is declared, beyond repair. `reason`: what differs. */
export function notAsDeclared(
  state: RoomShutdownState,
  intent: Intent,
  reason: string,
  isAdopted: boolean,
): string {
  const why = isAdopted
    ? "it was started by somebody else, or the room was gone"
    : "another shutdown, or somebody at the homeserver itself, has done that";
  const { archive } = state;
  const left = archive === undefined ? "" : ` What it held is in "${archive.file}".`;
  return (
    `The shutdown of ${shutdownName(state)} is complete, but ${reason}: ${why}. That can't be changed any more.${left} To accept it: ` +
    `${nextTry[intent]}.`
  );
}

/** What a shutdown that is through has done. `elapsedMs`: since its start, if that was seen. */
export function whatHappened(state: RoomShutdownState, elapsedMs: number | undefined): string {
  const {
    kickedUsers,
    quarantinedMedia,
    newRoomId,
    deleteId = "",
    blocked,
    purged,
    purgeDueAt,
  } = state;
  // Without a record of it, nobody can tell.
  const parts = kickedUsers === undefined ? [] : [usersRemoved(kickedUsers)];
  if (newRoomId !== undefined) parts.push(`notice room ${newRoomId}`);
  if (quarantinedMedia !== undefined) parts.push(`${quarantinedMedia} media quarantined`);
  if (blocked === true) parts.push("blocked");
  if (purged === true) parts.push("purged");
  if (purgeDueAt !== undefined) {
    parts.push(`to be purged by the first \`pulumi up\` after ${purgeDueAt}`);
  }
  const seconds = elapsedMs === undefined ? "" : ` in ${(elapsedMs / 1000).toFixed(1)} s`;
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  return `done${seconds}${what} (delete_id ${deleteId})`;
}

const usersRemoved = ({ length }: readonly string[]) =>
  `${length} local ${plural(length, "user")} removed`;

/** Why a shutdown has ended without success, and what to do. */
export async function whyFailed(
  room: Room,
  state: RoomShutdownState,
  options: DeleteRoomOptions,
  intent: Intent,
): Promise<string> {
  const why = await explain(room, state, options);
  return `The shutdown of ${shutdownName(state)} ended as "${state.status ?? ""}". ${why} To run it again: ${nextTry[intent]}.`;
}

/** Why a shutdown of which the homeserver has no record is not done, and what to do. `remains`: what is left to do in its room. */
export function whyUndone(state: RoomShutdownState, remains: string, intent: Intent): string {
  return `The homeserver has no record of the shutdown of ${shutdownName(state)} any more, and the room ${remains}. To run it again: ${nextTry[intent]}.`;
}

async function explain(
  room: Room,
  { deleteId, status = "", failedToKickUsers = [] }: RoomShutdownState,
  options: DeleteRoomOptions,
): Promise<string> {
  const seen = { status, result: { kickedUsers: [], failedToKickUsers, localAliases: [] } };
  try {
    const tasks = await room.shutdowns();
    return explainFailure(tasks.find((one) => one.deleteId === deleteId) ?? seen, options);
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    return `${explainFailure(seen, options)} Asking it failed: ${error.message}`;
  }
}
