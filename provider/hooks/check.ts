import { resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../homeserver/settings";
import { withoutQuietDefaults, type DeclaredInputs, type Reviewed } from "../resource/arguments";
import { isUnknown, type Fault } from "../resource/engine-values";
import { declaredOptions, declaredShutdowns } from "../resource/delete-options";
import { contradictions, resolveInputs } from "../resource/validate";
import { frozenReview, hasSameTarget, keptReview, withoutReview } from "../review/frozen";
import { declaredOwners, foreignOwnerFaults } from "../review/owner";
import { review } from "../review/review";
import { isTargetKnown } from "../review/target";
import { SynapseRequestError } from "../synapse/errors";
import type { Operation } from "./operation";

type Inputs = Record<string, unknown>;

/**
 * Validates what the program declared, fills in the defaults, and reviews a new target: what the homeserver tells of it
 * becomes part of the inputs, so that the preview shows it. A target that was reviewed before keeps what was found then,
 * without a request. Faults come back as failures, all at once; nothing is thrown.
 */
export async function check(
  operation: Operation,
  olds: Inputs,
  news: Inputs,
): Promise<pulumi.dynamic.CheckResult<Inputs>> {
  const { inputs, faults } = resolveInputs(withoutReview(olds, news));
  // With `ignoreChanges`, what a refresh has found comes along: it is no fault of the program.
  const known = hasTarget(olds) ? contradictions(olds).map(({ reason }) => reason) : [];
  const own = faults.filter(({ reason }) => !known.includes(reason));
  const failures = [...own, ...connectionFaults(operation)];
  if (failures.length > 0) return { inputs, failures };
  const reviewed = await reviewInputs(operation, olds, inputs as DeclaredInputs);
  const { roomId = inputs["roomId"] } = reviewed.added;
  // What is compared next is the state of the room before.
  for (const room of [olds["roomId"], roomId]) {
    if (typeof room === "string") operation.siblings.noteCheck(room);
  }
  const found = [...reviewed.faults, ...siblingFaults(operation, inputs as DeclaredInputs, roomId)];
  return found.length > 0
    ? { inputs, failures: found }
    : { inputs: withoutQuietDefaults({ ...inputs, ...reviewed.added }) };
}

function hasTarget(inputs: Inputs): boolean {
  return inputs["roomId"] !== undefined || inputs["roomAlias"] !== undefined;
}

function connectionFaults(operation: Operation): Fault[] {
  try {
    operation.connect();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return configurationFaults(error);
  }
}

function configurationFaults({ reasons }: ConfigurationError): Fault[] {
  return reasons.map((reason) => ({ property: "", reason }));
}

/** What the review adds to the inputs, or the faults that it found. */
interface ReviewedInputs {
  readonly added: Partial<Reviewed>;
  readonly faults: Fault[];
}

async function reviewInputs(
  operation: Operation,
  olds: Inputs,
  inputs: DeclaredInputs,
): Promise<ReviewedInputs> {
  if (!isTargetKnown(inputs)) {
    operation.log("a room that is not known yet", notReviewedYet);
    return { added: {}, faults: [] };
  }
  try {
    const kept = await keepReview(operation, olds, inputs);
    if (kept !== undefined) return kept;
    const earlier = operation.siblings.earlier(inputs.roomAlias);
    const { reviewed = {}, faults } = await review(operation.connect(), inputs, earlier);
    return { added: reviewed, faults };
  } catch (error) {
    // What gives the token is only asked when one is wanted.
    if (error instanceof ConfigurationError) {
      return { added: {}, faults: configurationFaults(error) };
    }
    if (!(error instanceof SynapseRequestError)) throw error;
    return withoutHomeserver(operation, olds, inputs, error);
  }
}

/** Said in a preview whose target is an output of something that is still to be made. */
const notReviewedYet =
  "warning: which room it is will be known at the apply only. No room was reviewed and no guard evaluated: the apply does both before anything happens to the room";

/** What other resources of this operation contradict, of a room that is known: only one of them could be done. */
function siblingFaults(operation: Operation, inputs: DeclaredInputs, roomId: unknown): Fault[] {
  if (typeof roomId !== "string" || isUnknown(roomId)) return [];
  return [
    ...optionFaults(operation, inputs, roomId),
    ...blockFaults(operation, inputs, roomId),
    ...archiveFaults(operation, inputs, roomId),
  ];
}

/** That another resource wants the same room shut down in another way. */
function optionFaults({ siblings }: Operation, inputs: DeclaredInputs, roomId: string): Fault[] {
  const { quarantineMedia, archiveFile } = inputs;
  const different = knownShutdowns(inputs).flatMap(({ intent, inputs: wanted }) => {
    const { purgeAfterSeconds } = intent === "create" ? inputs : {};
    const options = { ...declaredOptions(wanted), quarantineMedia, archiveFile, purgeAfterSeconds };
    return siblings.declareOptions(roomId, intent, options);
  });
  if (different.length === 0) return [];
  const names = [...new Set(different)].join(", ");
  const reason = `Another resource of this program shuts ${roomId} down with other options (${names}). One room can be shut down in one way only: declare it once, or with the same options.`;
  return [{ property: "", reason }];
}

/** The shutdowns that are declared, as far as it is known yet which and how. */
function knownShutdowns(inputs: DeclaredInputs) {
  if (isUnknown(inputs.runOn)) return [];
  const declared = declaredShutdowns(inputs);
  return declared.filter(({ intent }) => intent === "create" || !isUnknown(inputs.onDelete));
}

/** That the block would be lifted with one resource, while another one still declares it. */
function blockFaults({ siblings }: Operation, inputs: DeclaredInputs, roomId: string): Fault[] {
  const { block, runOn, unblockOnDelete } = inputs;
  // What is not known yet may turn out to be a block.
  if (!block || runOn === "delete") return [];
  if (!siblings.declareBlock(roomId, unblockOnDelete)) return [];
  const reason =
    `Another resource of this program blocks ${roomId}, too, so unblockOnDelete would lift a block that is still declared: ` +
    "declare the room once, or leave unblockOnDelete out.";
  return [{ property: "", reason }];
}

/** That another room is archived to the same file: the second one could not be. */
function archiveFaults({ siblings }: Operation, { archiveFile }: DeclaredInputs, roomId: string) {
  if (archiveFile === undefined || isUnknown(archiveFile)) return [];
  if (!siblings.declareArchive(resolve(archiveFile), roomId)) return [];
  const reason =
    "is the file to which another resource of this program archives another room: each room needs a file of its own.";
  return [{ property: "archiveFile", reason }];
}

/** What an earlier review has found, where it is of the same target. */
async function keepReview(
  operation: Operation,
  olds: Inputs,
  inputs: DeclaredInputs,
): Promise<ReviewedInputs | undefined> {
  if (!hasSameTarget(olds, inputs)) return undefined;
  const kept = await keptReview(operation.connect(), olds);
  const { roomAlias } = inputs;
  if (roomAlias !== undefined && kept?.roomId !== undefined) {
    operation.siblings.keepRoom(roomAlias, kept.roomId);
  }
  return (
    kept && { added: kept, faults: foreignOwnerFaults(declaredOwners(inputs), kept.serverName) }
  );
}

/** A preview that can't reach the homeserver goes on only where `roomLookup` says so. */
function withoutHomeserver(
  operation: Operation,
  olds: Inputs,
  inputs: DeclaredInputs,
  { isServerAway, message }: SynapseRequestError,
): ReviewedInputs {
  if (operation.connect().roomLookup === "required" || !isServerAway) {
    const reason = `The room could not be reviewed. ${message}`;
    return { added: {}, faults: [{ property: "", reason }] };
  }
  operation.log(
    "a room",
    `warning: not reviewed (synapse:roomLookup is optional); the apply will do it. ${message}`,
  );
  return { added: hasSameTarget(olds, inputs) ? frozenReview(olds) : {}, faults: [] };
}
