import type { Diff } from "./changes";
import { list } from "../shutdown/failures";
import { unknownValue, type DeclaredInputs, type Reviewed } from "./arguments";
import { isBlockLifted, isMediaOpen, isUnfinished, mustRun, type Outcome } from "./state";

/** What an update does, in this order. Nothing of it: the change is recorded. */
export type Step = "resume" | "quarantine" | "run" | "adopt" | "block" | "unblock";

type Declared = DeclaredInputs & Outcome;

/**
 * What the update hook does with a resource, given its outputs and what is declared by now. An unfinished shutdown comes
 * first: what follows it depends on how it ends.
 */
export function planUpdate(olds: Declared, news: DeclaredInputs): Step[] {
  if (isUnfinished(olds)) return ["resume"];
  if (news.runOn === "delete") return [];
  const steps: Step[] = [];
  const isOpen = mustRun(olds, news);
  if (isOpen ? news.quarantineMedia : isQuarantineDue(olds, news)) steps.push("quarantine");
  // A shutdown that was named before has been tried.
  if (isOpen) steps.push(isNewlyNamed(olds, news) ? "adopt" : "run");
  // The shutdown itself sets a block, but it never lifts one.
  else if (news.block && (!olds.block || isBlockLifted(olds, news))) steps.push("block");
  if (!news.block && olds.block && olds.blocked !== false) steps.push("unblock");
  return steps;
}

function isQuarantineDue(olds: Declared, news: DeclaredInputs): boolean {
  return (
    news.quarantineMedia &&
    olds.purged !== true &&
    (!olds.quarantineMedia || isMediaOpen(olds, news))
  );
}

function isNewlyNamed(olds: Declared, { adoptDeleteId }: DeclaredInputs): boolean {
  return adoptDeleteId !== undefined && adoptDeleteId !== olds.adoptDeleteId;
}

/** What decides about the steps. While one of these is not known, the steps are not either. */
const deciding = ["runOn", "purge", "block", "quarantineMedia", "adoptDeleteId"] as const;

/**
 * What the apply will call for a change that the engine plans: the preview shows what has changed, but nothing of what
 * that means for the room.
 */
export function plannedLine(olds: Declared, news: DeclaredInputs, { replaces }: Diff): string {
  const open = deciding.filter((property) => (news[property] as unknown) === unknownValue);
  if (open.length > 0) return `planned: decided at the apply, once ${open.join(" and ")} is known`;
  if (replaces.length > 0)
    return `planned: a replacement (${replaces.join(", ")}): ${replacement(olds, news)}`;
  const steps = planUpdate(olds, news);
  if (steps.length === 0) return `planned: ${recorded}`;
  const isRun = steps.some((step) => ["resume", "run", "adopt"].includes(step));
  const parts = steps.map((step) => explain(step, olds, news));
  return `planned: ${[...parts, ...(isRun ? [] : ["no shutdown runs"])].join("; ")}`;
}

/** Said for a change that has no effect on the room. */
export const recorded =
  "the change is recorded; nothing that has happened to the room is undone or done again";

function replacement(olds: Declared & Partial<Reviewed>, news: DeclaredInputs): string {
  const { roomId = "the room", runOn, block, adoptDeleteId = "" } = news;
  const room = roomId === unknownValue ? "a room that is not known yet" : roomId;
  const staysBlocked = roomId === olds.roomId && block && runOn !== "delete";
  const first = `the delete ${whatDeleteDoes(olds, olds.roomId ?? "the room", staysBlocked)}`;
  if (runOn === "delete")
    return `${first}, then the shutdown of ${room} is recorded for its delete`;
  return isNewlyNamed(olds, news)
    ? `${first}, then the shutdown ${adoptDeleteId} of ${room} is taken over`
    : `${first}, then the create shuts ${room} down (v2 delete call, a new delete_id)`;
}

function whatDeleteDoes(
  { runOn, unblockOnDelete }: Declared,
  room: string,
  staysBlocked: boolean,
): string {
  if (runOn !== "create") return `shuts ${room} down, since it runs on delete`;
  return unblockOnDelete && !staysBlocked
    ? `lifts the block of ${room}`
    : `leaves ${room} as it is`;
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
      return "blocks the room (PUT block)";
    case "unblock":
      return "lifts the block of the room (PUT block)";
    case "quarantine":
      return "quarantines the media of the room (POST media/quarantine)";
    case "adopt":
      return `takes over the shutdown ${news.adoptDeleteId ?? ""}, since ${whyRun(olds, news)}`;
  }
}

function whyRun(
  { deleteId, status, failedToKickUsers = [] }: Outcome,
  { purge }: DeclaredInputs,
): string {
  if (deleteId === undefined) return "it has not run yet";
  if (status !== "complete") return `the last one ended as "${status ?? "not known"}"`;
  if (purge) return "the homeserver still has the room, which is to be purged";
  return `local users are in the room: ${list(failedToKickUsers)}`;
}
