import type * as pulumi from "@pulumi/pulumi";
import { SynapseRequestError } from "../synapse/errors";
import { ConfigurationError } from "../homeserver/connection";
import { foreignUserFaults } from "../review/guards";
import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "./operation";
import {
  contradictions,
  resolveInputs,
  withoutQuietDefaults,
  type DeclaredInputs,
  type Fault,
  type Reviewed,
} from "../resource/arguments";
import {
  frozenReview,
  hasSameTarget,
  isTargetKnown,
  review,
  withoutReview,
} from "../review/review";

type Inputs = Record<string, unknown>;

/**
 * Validates what the program declared, fills in the defaults, and reviews a new target: what the homeserver tells of it
 * becomes part of the inputs, so that the preview shows it. A target that was reviewed before keeps what was found then,
 * without a request. Faults come back as failures, all at once; nothing is thrown.
 */
export async function check(
  host: Host,
  olds: Inputs,
  news: Inputs,
): Promise<pulumi.dynamic.CheckResult<Inputs>> {
  const { __provider, ...declared } = withoutReview(olds, news);
  const { inputs, faults } = resolveInputs(declared);
  // With `ignoreChanges`, what a refresh has found comes along: it is no fault of the program.
  const known = hasTarget(olds) ? contradictions(olds).map(({ reason }) => reason) : [];
  const own = faults.filter(({ reason }) => !known.includes(reason));
  const failures = [...own, ...connectionFaults(host)];
  if (failures.length > 0) return { inputs, failures };
  const reviewed = await reviewInputs(host, olds, inputs as DeclaredInputs);
  const { roomId = inputs["roomId"] } = reviewed.added;
  if (inputs["block"] === true && inputs["runOn"] !== "delete" && typeof roomId === "string") {
    host.operation.blocked.add(roomId);
  }
  return reviewed.faults.length > 0
    ? { inputs, failures: reviewed.faults }
    : { inputs: withoutQuietDefaults({ ...inputs, ...reviewed.added }) };
}

function hasTarget(inputs: Inputs): boolean {
  return inputs["roomId"] !== undefined || inputs["roomAlias"] !== undefined;
}

function connectionFaults(host: Host): Fault[] {
  try {
    host.connect();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.reasons.map((reason) => ({ property: "", reason }));
  }
}

/** What the review adds to the inputs, or the faults that it found. */
async function reviewInputs(
  host: Host,
  olds: Inputs,
  inputs: DeclaredInputs,
): Promise<{ added: Partial<Reviewed>; faults: Fault[] }> {
  if (!isTargetKnown(inputs)) return { added: {}, faults: [] };
  const homeserver = host.connect();
  try {
    if (hasSameTarget(olds, inputs)) {
      const kept = await keepReview(homeserver, frozenReview(olds));
      const { roomAlias } = inputs;
      if (roomAlias !== undefined && kept?.roomId !== undefined)
        host.operation.keepRoom(roomAlias, kept.roomId);
      if (kept !== undefined) return { added: kept, faults: foreignUserFaults(inputs, kept) };
    }
    const { reviewed = {}, faults } = await review(host, homeserver, inputs);
    return { added: reviewed, faults };
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    if (homeserver.roomLookup === "required" || !error.isAnswerLost) {
      return {
        added: {},
        faults: [{ property: "", reason: `The room could not be reviewed. ${error.message}` }],
      };
    }
    const target = inputs.roomId ?? inputs.roomAlias ?? "";
    host.log(
      target,
      `warning: not reviewed (synapse:roomLookup is optional); the apply will do it. ${error.message}`,
    );
    return { added: hasSameTarget(olds, inputs) ? frozenReview(olds) : {}, faults: [] };
  }
}

/**
 * The review of a resource that exists, without a request while the address is the same. At another one the same server
 * may answer; another server has another room, which is to be reviewed. One that was reviewed only at its apply gets the
 * name of the server now, to be compared with the outputs.
 */
async function keepReview(
  homeserver: Homeserver,
  frozen: Partial<Reviewed>,
): Promise<(Partial<Reviewed> & { serverName: string }) | undefined> {
  const { serverName, homeserverUrl } = frozen;
  if (serverName !== undefined && homeserverUrl === homeserver.url)
    return { ...frozen, serverName };
  const actual = await homeserver.serverName();
  if (serverName !== undefined && serverName !== actual) return undefined;
  return { ...frozen, serverName: actual, homeserverUrl: homeserver.url };
}
