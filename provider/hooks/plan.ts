import type * as pulumi from "@pulumi/pulumi";
import { list } from "./explain";
import { unknownValue, type DeclaredInputs } from "./inputs";
import { isBlockLifted, isUnfinished, mustRun, type Outcome } from "./state";

/** What an update does, in this order. Nothing of it: the change is recorded. */
export type Step = "resume" | "run" | "quarantine" | "block" | "unblock";

type Declared = DeclaredInputs & Outcome;

/**
 * What the update hook does with a resource, given its outputs and what is declared by now. An unfinished shutdown comes
 * first: what follows it depends on how it ends.
 */
export function planUpdate(olds: Declared, news: DeclaredInputs): Step[] {
  if (isUnfinished(olds)) return ["resume"];
  if (news.runOn === "delete") return [];
  if (mustRun(olds, news)) return ["run"];
  const steps: Step[] = [];
  if (news.quarantineMedia && !olds.quarantineMedia && olds.purged !== true) steps.push("quarantine");
  if (news.block && (!olds.block || isBlockLifted(olds, news))) steps.push("block");
  if (!news.block && olds.block && olds.blocked !== false) steps.push("unblock");
  return steps;
}

/** What decides about the steps. While one of these is not known, the steps are not either. */
const deciding = ["runOn", "purge", "block", "quarantineMedia"] as const;

/**
 * What the apply will call for a change that the engine plans: the preview shows what has changed, but nothing of what
 * that means for the room.
 */
export function plannedLine(
  olds: Declared,
  news: DeclaredInputs,
  { replaces = [] }: pulumi.dynamic.DiffResult,
): string {
  const open = deciding.filter((property) => (news[property] as unknown) === unknownValue);
  if (open.length > 0) return `planned: decided at the apply, once ${open.join(" and ")} is known`;
  if (replaces.length > 0) return `planned: a replacement (${replaces.join(", ")}). ${replacement(olds, news)}`;
  const steps = planUpdate(olds, news);
  if (steps.length === 0) return `planned: ${recorded}`;
  return `planned: ${steps.map((step) => explain(step, olds, news)).join("; ")}`;
}

/** Said for a change that has no effect on the room. */
export const recorded = "the change is recorded; nothing that has happened to the room is undone or done again";

function replacement(olds: Declared, { runOn, roomId }: DeclaredInputs): string {
  const before = olds.unblockOnDelete
    ? "The block of the old target is lifted"
    : `The old target is ${olds.runOn === "create" ? "left as it is" : "shut down, since it runs on delete"}`;
  const room = roomId === olds.roomId ? "the same room" : roomId === unknownValue ? "a room not known yet" : roomId;
  return runOn === "delete"
    ? `${before}, then the shutdown of ${room ?? "the new one"} is recorded for its delete`
    : `${before}, then ${room ?? "the new one"} is shut down (v2 delete call, a new delete_id)`;
}

function explain(step: Step, olds: Declared, news: DeclaredInputs): string {
  switch (step) {
    case "resume":
      return news.wait
        ? `waits for the shutdown that was started (delete_id ${olds.deleteId ?? ""}), then applies what has changed`
        : `asks how the shutdown goes on that was started (delete_id ${olds.deleteId ?? ""}); applies what has changed once it has ended`;
    case "run":
      return `runs the shutdown (v2 delete call, a new delete_id), since ${whyRun(olds, news)}`;
    case "block":
      return "blocks the room (PUT block); no shutdown runs";
    case "unblock":
      return "lifts the block of the room (PUT block); no shutdown runs";
    case "quarantine":
      return "quarantines the media of the room (POST media/quarantine); no shutdown runs";
  }
}

function whyRun({ deleteId, status, failedToKickUsers = [] }: Outcome, { purge }: DeclaredInputs): string {
  if (deleteId === undefined) return "it has not run yet";
  if (status !== "complete") return `the last one ended as "${status ?? "not known"}"`;
  if (purge) return "the homeserver still has the room, which is to be purged";
  return `local users are in the room: ${list(failedToKickUsers)}`;
}
