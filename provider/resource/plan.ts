import type { DeclaredInputs, Reviewed } from "./arguments";
import { propertiesThat } from "./changes";
import type { Differences } from "./compare";
import { hasUnknown, isUnknown } from "./engine-values";
import { isUnfinished, mayHaveReturned, noRecord, type Outcome } from "./outcome";
import { isBlockLifted, isMediaOpen, mustRun } from "./settled";
import { isOver, withMovedDue } from "./purge-due";
import { duration, list, plural } from "./words";

type Values = DeclaredInputs & Outcome;

/** What the update hook does with a resource. */
type UpdatePlan =
  /** Goes on with a shutdown that has not ended. */
  | { readonly kind: "resume" }
  | ({ readonly kind: "run" } & Run & Around)
  /** Sets right what needs no shutdown. */
  | ({ readonly kind: "repair" } & Around)
  | { readonly kind: "record" };

/** A shutdown that runs. */
interface Run {
  /** The one to take over instead of starting one. */
  readonly adopt: string | undefined;
  /** Whether it purges the room, or keeps it for the time of `purgeAfterSeconds`. */
  readonly purge: boolean;
}

/** What is done before and after. */
interface Around {
  /** Whether the room's media is quarantined before. */
  readonly quarantine: boolean;
  /** What the block is set to after, if it is. A shutdown itself sets a block, but it never lifts one. */
  readonly block: boolean | undefined;
}

/**
 * What an update does, given the outputs, what is declared by now, and the time. An unfinished shutdown comes first: what
 * follows it depends on how it ends.
 */
export function planUpdate(olds: Values, news: DeclaredInputs, now: Date): UpdatePlan {
  if (isUnfinished(olds)) return { kind: "resume" };
  if (news.runOn === "delete") return { kind: "record" };
  const unblocked = !news.block && olds.block && olds.blocked !== false ? false : undefined;
  const moved = withMoved(olds, news);
  if (mustRun(moved, news, now)) {
    // A shutdown that was named before has been tried.
    const adopt = isNewlyNamed(olds, news) ? news.adoptDeleteId : undefined;
    const purge = purgesNow(moved, news, now);
    return { kind: "run", adopt, purge, quarantine: news.quarantineMedia, block: unblocked };
  }
  const quarantine = isQuarantineDue(olds, news);
  const isBlockDue = news.block && (!olds.block || isBlockLifted(olds, news));
  const block = isBlockDue ? true : unblocked;
  if (!quarantine && block === undefined) return { kind: "record" };
  return { kind: "repair", quarantine, block };
}

/** Whether a shutdown that runs now purges the room: not where people are in it who were to learn that they have left. */
function purgesNow(
  olds: Values,
  { purge, purgeAfterSeconds, forcePurge }: DeclaredInputs,
  now: Date,
) {
  if (purgeAfterSeconds === undefined) return purge;
  const { failedToKickUsers = [] } = olds;
  const isLeft = !mayHaveReturned(olds) || failedToKickUsers.length === 0 || forcePurge;
  return isLeft && isOver(olds, now);
}

function withMoved(olds: Values, { purgeAfterSeconds }: DeclaredInputs) {
  return withMovedDue(olds, olds.purgeAfterSeconds, purgeAfterSeconds);
}

function isQuarantineDue(olds: Values, news: DeclaredInputs): boolean {
  if (!news.quarantineMedia || olds.purged === true) return false;
  return !olds.quarantineMedia || isMediaOpen(olds, news);
}

function isNewlyNamed(olds: Values, { adoptDeleteId }: DeclaredInputs): boolean {
  return adoptDeleteId !== undefined && adoptDeleteId !== olds.adoptDeleteId;
}

/** What decides whether it is a replacement. */
const identifying = [...propertiesThat("replace where known", "replace"), "roomAlias"] as const;

/** What decides about the plan. While one of these is not known, the plan is not either. */
const deciding = [
  "runOn",
  "purge",
  "purgeAfterSeconds",
  "block",
  "quarantineMedia",
  "adoptDeleteId",
] as const;

/**
 * What the apply will call for a change that the engine plans: the preview shows what has changed, but nothing of what
 * that means for the room.
 */
export function plannedLine(
  olds: Values,
  news: DeclaredInputs & Partial<Reviewed>,
  { replaces }: Pick<Differences, "replaces">,
  now: Date,
): string {
  const wanted = replaces.length > 0 ? deciding : [...identifying, ...deciding];
  const values: Readonly<Record<string, unknown>> = news;
  const open = wanted.filter((property) => hasUnknown(values[property]));
  if (open.length > 0) {
    return `planned: decided at the apply, once ${open.join(" and ")} is known`;
  }
  if (replaces.length > 0) {
    return `planned: a replacement (${replaces.join(", ")}): ${replacement(olds, news)}`;
  }
  return `planned: ${describe(planUpdate(olds, news, now), olds, news)}`;
}

/** Said for a change that has no effect on the room. */
const recorded =
  "the change is recorded; nothing that has happened to the room is undone or done again";

/** What a change is recorded for: the time of the purge may have moved with it. */
export function recordedFor(olds: Values, news: DeclaredInputs): string {
  const { purgeDueAt: dueAt } = withMoved(olds, news);
  const { purgeAfterSeconds: after } = news;
  const isMoved = olds.purgeAfterSeconds !== after;
  if (isMoved && dueAt !== undefined) {
    return `the room is purged by the first \`pulumi up\` after ${dueAt}`;
  }
  if (isMoved && dueAt === undefined && after !== undefined && olds.purged === false) {
    return `the room is purged by the first \`pulumi up\` after another ${duration(after)}`;
  }
  if (isMoved && olds.purgeDueAt !== undefined && !news.purge) {
    return "the room is kept: it is not purged any more";
  }
  return recorded;
}

function describe(plan: UpdatePlan, olds: Values, news: DeclaredInputs): string {
  if (plan.kind === "record") return recordedFor(olds, news);
  if (plan.kind === "resume") return resumed(olds, news);
  const parts: string[] = [];
  if (plan.kind === "run" && plan.adopt === undefined) parts.push(...archived(news));
  if (plan.quarantine) parts.push("quarantines the media of the room (POST media/quarantine)");
  if (plan.kind === "run") parts.push(run(plan, olds, news));
  if (plan.block === true) parts.push("blocks the room (PUT block)");
  if (plan.block === false) parts.push("lifts the block of the room (PUT block)");
  if (plan.kind === "repair") parts.push("no shutdown runs");
  return parts.join("; ");
}

function archived({ archiveFile }: DeclaredInputs): string[] {
  if (archiveFile === undefined) return [];
  return [`archives the room to ${isUnknown(archiveFile) ? "archiveFile" : `"${archiveFile}"`}`];
}

function resumed({ deleteId = "" }: Outcome, { wait, runOn }: DeclaredInputs): string {
  const started = `the shutdown that was started (delete_id ${deleteId})`;
  const then = runOn === "delete" ? "" : ", and runs it again if it was not done";
  if (wait) return `waits for ${started}, then applies what has changed${then}`;
  return `asks how ${started} goes on; once it has ended, applies what has changed${then}`;
}

function run({ adopt, purge }: Run, olds: Values, news: DeclaredInputs): string {
  if (adopt !== undefined) {
    return `takes over the shutdown that adoptDeleteId names, since ${whyRun(olds, news)}`;
  }
  const { purgeDueAt: dueAt } = withMoved(olds, news);
  return purge && dueAt !== undefined && olds.status === "complete"
    ? `purges the room, due since ${dueAt} (v2 delete call, a new delete_id)`
    : `runs the shutdown (v2 delete call, a new delete_id), since ${whyRun(olds, news)}`;
}

function whyRun(
  { deleteId, status, failedToKickUsers = [] }: Outcome,
  { purge, purgeAfterSeconds }: DeclaredInputs,
): string {
  if (deleteId === undefined) return "it has not run yet";
  if (status === noRecord) {
    const { length } = failedToKickUsers;
    const members = length === 0 ? "" : ` with ${length} local ${plural(length, "member")}`;
    return `the homeserver has no record of the last one any more, and the room is still there${members}`;
  }
  if (status !== "complete") return `the last one ended as "${status ?? "not known"}"`;
  if (purge && purgeAfterSeconds === undefined) {
    return "the homeserver still has the room, which is to be purged";
  }
  return `local users are in the room: ${list(failedToKickUsers)}`;
}

function replacement(olds: Values & Partial<Reviewed>, news: DeclaredInputs): string {
  const { roomId = "the room", runOn, block } = news;
  const room = isUnknown(roomId) ? "a room that is not known yet" : roomId;
  const staysBlocked = roomId === olds.roomId && block && runOn !== "delete";
  const first = `the delete ${whatDeleteDoes(olds, olds.roomId ?? "the room", staysBlocked)}`;
  if (runOn === "delete") {
    return `${first}, then the shutdown of ${room} is recorded for its delete`;
  }
  return isNewlyNamed(olds, news)
    ? `${first}, then the shutdown of ${room} that adoptDeleteId names is taken over`
    : `${first}, then the create shuts ${room} down (v2 delete call, a new delete_id)`;
}

function whatDeleteDoes(
  { runOn, unblockOnDelete }: Values,
  room: string,
  staysBlocked: boolean,
): string {
  if (runOn !== "create") return `shuts ${room} down, since it runs on delete`;
  return unblockOnDelete && !staysBlocked
    ? `lifts the block of ${room}`
    : `leaves ${room} as it is`;
}
