import type { DeclaredInputs } from "../resource/arguments";
import { plural, synapseIssue } from "../resource/words";
import type { RoomDetails } from "../synapse/schemas";
import type { Target } from "./target";

/** What Synapse calls a notice room that was given no name. */
const defaultRoomName = "Content Violation Notification";

/** What a reviewer should know about this room before the shutdown: one line, or none. */
export function warningsOf(inputs: DeclaredInputs, { details, serverName }: Target): string[] {
  if (details === undefined) {
    const blocked = inputs.block ? "; it is blocked all the same" : "";
    return [`warning: ${serverName} does not know this room${blocked}`];
  }
  const last = { ...inputs, ...(inputs.runOn === "create" ? {} : inputs.onDelete) };
  const parts = [
    ...membersLost(details),
    ...purgeLosses(inputs, last, details),
    ...whoseItIs(inputs, details),
    ...noticeRoom(details, last),
  ];
  return [`warning: on ${serverName}, ${parts.join("; ")}`];
}

const remoteMembers = ({ joinedMembers, joinedLocalMembers }: RoomDetails) =>
  joinedMembers - joinedLocalMembers;

function membersLost(details: RoomDetails): string[] {
  const local = details.joinedLocalMembers;
  const parts = [`${local} local ${plural(local, "member")} will be removed`];
  const remote = remoteMembers(details);
  if (remote > 0) {
    parts.push(
      `${remote} remote ${plural(remote, "member")} stay in the room on their own servers`,
    );
  }
  return parts;
}

function purgeLosses(inputs: DeclaredInputs, last: DeclaredInputs, details: RoomDetails): string[] {
  const parts: string[] = [];
  const purge = inputs.purge || last.purge;
  const elsewhere = remoteMembers(details) > 0 ? " here, and other servers keep their copy" : "";
  if (purge) parts.push(`the purge can't be undone${elsewhere}`);
  if (inputs.forcePurge || last.forcePurge) {
    parts.push("forcePurge also purges while users who can't be removed are still joined");
  }
  if (purge && details.encryption !== undefined) {
    parts.push("it is encrypted: what is purged as evidence can't be read here before");
  }
  return parts;
}

function whoseItIs({ roomId }: DeclaredInputs, { version, name, creator }: RoomDetails): string[] {
  if (version !== "12" || roomId === undefined || name !== undefined) return [];
  const whose = creator ?? "an unknown user";
  return [`neither its id nor a name tells whose it is: it was made by ${whose}`];
}

function noticeRoom(details: RoomDetails, { newRoomUserId, roomName }: DeclaredInputs): string[] {
  const parts: string[] = [];
  if (remoteMembers(details) > 0) {
    parts.push(`invites of remote users stay (${synapseIssue(18505)})`);
  }
  if (newRoomUserId !== undefined) {
    const name = roomName ?? defaultRoomName;
    parts.push(`a notice room "${name}" is made by ${newRoomUserId} for the local members`);
  }
  return parts;
}
