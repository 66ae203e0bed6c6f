import type { Members } from "../homeserver/members";
import type { DeclaredInputs } from "../resource/arguments";
import { isUnknown } from "../resource/engine-values";
import { declaredShutdowns } from "../resource/delete-options";
import { duration, plural, synapseIssue } from "../resource/words";
import type { ShutdownTask } from "../synapse/schemas";
import { hasEnded } from "../synapse/task-status";
import type { ArchivePlace } from "./archive-place";
import type { Sight } from "./snapshot";

/** What Synapse calls a notice room, and says in it, where nothing else is declared. */
const defaultRoomName = "Content Violation Notification";
const defaultMessage =
  "Sharing illegal content on this server is not permitted and rooms in violation will be blocked.";

/** A block that a room has before the shutdown that is to set one. */
export interface BlockBefore {
  /** Who has set it. Undefined where the homeserver does not tell. */
  readonly userId: string | undefined;
  /** Whether that is the user of the access token. */
  readonly isOwn: boolean;
}

/** What there is already. */
interface Found {
  /** The shutdowns that the homeserver has of the room, oldest first. */
  readonly tasks?: readonly ShutdownTask[];
  readonly place?: ArchivePlace | undefined;
  readonly block?: BlockBefore | undefined;
}

/** What a reviewer should know about this room before the shutdown, in one line. */
export function warningOf(
  inputs: DeclaredInputs,
  serverName: string,
  sight: Sight | undefined,
  { tasks = [], place, block }: Found = {},
): string {
  if (sight === undefined) {
    const parts = [`${serverName} does not know this room`, ...earlierShutdown(inputs, tasks)];
    if (inputs.block) parts.push("it is blocked all the same");
    parts.push(...blockedBefore(block));
    if (place !== undefined) parts.push("there is nothing to archive");
    return `warning: ${parts.join("; ")}`;
  }
  const shutdowns = declaredShutdowns(inputs).map((one) => one.inputs);
  const parts = [
    ...runningShutdown(inputs, tasks),
    ...blockedBefore(block),
    ...membersLost(sight.members),
    ...purgeLosses(shutdowns, sight),
    ...whoseItIs(inputs, sight),
    ...kindOf(sight),
    ...remoteInvites(sight),
    ...shutdowns.slice(-1).flatMap(noticeRoom),
    ...ownWords(shutdowns),
    ...archived(inputs, place),
  ];
  const when = { create: "", delete: "when this resource is deleted: ", both: "" }[inputs.runOn];
  if (inputs.runOn === "both") parts.push("it is shut down again when this resource is deleted");
  return `warning: on ${serverName}, ${when}${parts.join("; ")}`;
}

/** One that an `up` has left behind that was killed, or that somebody else has started. */
function runningShutdown({ runOn }: DeclaredInputs, tasks: readonly ShutdownTask[]): string[] {
  const running = tasks.find(({ status }) => !hasEnded(status));
  if (running === undefined) return [];
  const next = runOn === "delete" ? "" : " and will be taken over";
  return [`a shutdown of it is running already (delete_id ${running.deleteId})${next}`];
}

function earlierShutdown(inputs: DeclaredInputs, tasks: readonly ShutdownTask[]): string[] {
  const [complete] = tasks.filter(({ status }) => status === "complete").slice(-1);
  const running = runningShutdown(inputs, tasks);
  if (running.length > 0 || complete === undefined) return running;
  return [`a shutdown of it is complete (delete_id ${complete.deleteId})`];
}

function blockedBefore(block: BlockBefore | undefined): string[] {
  if (block === undefined) return [];
  const { userId = "a user whom the homeserver does not tell", isOwn } = block;
  return isOwn
    ? [
        `it is blocked already, by ${userId}: that block, too, is lifted with this resource, unless the homeserver then has a shutdown of the room that is not its own`,
      ]
    : [`it is blocked already, by ${userId}: that block stays, in spite of unblockOnDelete`];
}

const remoteMembers = ({ joined = 0, local }: Members) => Math.max(0, joined - local.joined.length);

function membersLost(members: Members): string[] {
  const parts = [localUsersLost(members)];
  const remote = remoteMembers(members);
  if (members.joined === undefined) {
    parts.push("whether users of other servers are in it can't be told here");
  }
  if (remote > 0) {
    parts.push(
      `${remote} remote ${plural(remote, "member")} stay in the room on their own servers`,
    );
  }
  return parts;
}

/** A shutdown also removes who is invited or knocks. */
function localUsersLost({ local: { joined, waiting } }: Members): string {
  const members = `${joined.length} local ${plural(joined.length, "member")}`;
  if (waiting === undefined) {
    return `${members} will be removed, and those who are invited or knock, who can't be counted here`;
  }
  const { invited, knocking } = waiting;
  if (invited + knocking === 0) return `${members} will be removed`;
  const counts = [`${joined.length} joined`];
  if (invited > 0) counts.push(`${invited} invited`);
  if (knocking > 0) counts.push(`${knocking} knocking`);
  const all = joined.length + invited + knocking;
  return `${all} local ${plural(all, "user")} will be removed (${counts.join(", ")})`;
}

function purgeLosses(shutdowns: DeclaredInputs[], { identity, members }: Sight): string[] {
  const parts: string[] = [];
  const purge = shutdowns.some((one) => one.purge);
  const elsewhere = remoteMembers(members) > 0 ? " here, and other servers keep their copy" : "";
  const [{ purgeAfterSeconds } = {}] = shutdowns;
  const later =
    purgeAfterSeconds === undefined
      ? "the purge"
      : `it is purged by the first \`pulumi up\` after another ${whileKept(purgeAfterSeconds)}, which`;
  if (purge) parts.push(`${later} can't be undone${elsewhere}`);
  if (shutdowns.some((one) => one.forcePurge)) {
    parts.push("forcePurge also purges while users who can't be removed are still joined");
  }
  if (purge && identity.encryption !== undefined) {
    parts.push("it is encrypted: what is purged as evidence can't be read here before");
  }
  if (purge && identity.untold.includes("encryption")) {
    parts.push("whether it is encrypted, the homeserver does not tell");
  }
  return parts;
}

function whileKept(purgeAfterSeconds: number): string {
  return isUnknown(purgeAfterSeconds)
    ? "time that is not known yet (purgeAfterSeconds)"
    : duration(purgeAfterSeconds);
}

function whoseItIs({ roomId }: DeclaredInputs, { identity }: Sight): string[] {
  const { version, name, creator, untold } = identity;
  if (untold.includes("name")) return ["its name and its alias, the homeserver does not tell"];
  if (version !== "12" || roomId === undefined || name !== undefined) return [];
  const whose = creator ?? "an unknown user";
  return [`neither its id nor a name tells whose it is: it was made by ${whose}`];
}

function kindOf({ identity: { type, replacementRoomId } }: Sight): string[] {
  const parts: string[] = [];
  if (type === "m.space") parts.push("it is a space: the rooms in it stay");
  if (replacementRoomId !== undefined) {
    parts.push(`it was upgraded: the room that replaces it, ${replacementRoomId}, stays`);
  }
  return parts;
}

function remoteInvites({ members }: Sight): string[] {
  return remoteMembers(members) > 0
    ? [`invites of remote users stay (${synapseIssue(18505)})`]
    : [];
}

function noticeRoom({ newRoomUserId, roomName }: DeclaredInputs): string[] {
  if (newRoomUserId === undefined) return [];
  const name = roomName === undefined ? `"${defaultRoomName}"` : "with the declared roomName";
  return [`a notice room ${name} is made for the local members, owned by newRoomUserId`];
}

/** Where the archive goes. The apply may run on another machine, where nothing may be in its way. */
function archived(
  { archiveFile, adoptDeleteId }: DeclaredInputs,
  place: ArchivePlace | undefined,
): string[] {
  if (archiveFile === undefined || place === undefined) return [];
  const what = adoptDeleteId === undefined ? "before that, it" : "what is still there of it";
  const parts = [`${what} is archived to "${archiveFile}" (archiveFile)`];
  if (place.obstacle !== undefined) parts.push(`as of now, that fails here: ${place.obstacle}`);
  else if (place.isTaken) {
    parts.push(
      "a file of this name exists already: it is kept, and is an error at the apply, unless it is an archive for this shutdown",
    );
  }
  return parts;
}

/** What Synapse says to the members, where the program has no words of its own. */
function ownWords(shutdowns: DeclaredInputs[]): string[] {
  const isSilent = shutdowns.some(
    ({ newRoomUserId, message }) => newRoomUserId !== undefined && message === undefined,
  );
  return isSilent ? [`without a message of yours, Synapse says there: "${defaultMessage}"`] : [];
}
