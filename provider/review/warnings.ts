import type { Target } from "./guards";
import type { DeclaredInputs } from "../resource/arguments";

const issues = "https://github.com/element-hq/synapse/issues";

/** What a reviewer should know about this room before the shutdown: one line, or none. */
export function warningsOf(inputs: DeclaredInputs, { room, serverName }: Target): string[] {
  if (room === undefined)
    return [
      `warning: ${serverName} does not know this room${inputs.block ? "; it is blocked all the same" : ""}`,
    ];
  const remote = room.joinedMembers - room.joinedLocalMembers;
  const last = { ...inputs, ...(inputs.runOn === "create" ? {} : inputs.onDelete) };
  const purge = inputs.purge || last.purge;
  const parts = [
    `${room.joinedLocalMembers} local ${plural(room.joinedLocalMembers, "member")} will be removed`,
    ...(remote > 0
      ? [`${remote} remote ${plural(remote, "member")} stay in the room on their own servers`]
      : []),
    ...(purge
      ? [`the purge can't be undone${remote > 0 ? ` here, and other servers keep their copy` : ""}`]
      : []),
    ...(inputs.forcePurge || last.forcePurge
      ? ["forcePurge also purges while users who can't be removed are still joined"]
      : []),
    ...(purge && room.encryption !== undefined
      ? ["it is encrypted: what is purged as evidence can't be read here before"]
      : []),
    ...(room.version === "12" && inputs.roomId !== undefined && room.name === undefined
      ? [
          `neither its id nor a name tells whose it is: it was made by ${room.creator ?? "an unknown user"}`,
        ]
      : []),
    ...(remote > 0 ? [`invites of remote users stay (${issues}/18505)`] : []),
    ...(last.newRoomUserId === undefined
      ? []
      : [
          `a notice room "${last.roomName ?? "Content Violation Notification"}" is made by ${last.newRoomUserId} for the local members`,
        ]),
  ];
  return [`warning: on ${serverName}, ${parts.join("; ")}`];
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
