import { isDeepStrictEqual } from "node:util";
import type { Homeserver } from "../homeserver/homeserver";
import type { DeclaredInputs, Reviewed } from "../resource/arguments";
import { pick, reviewedProperties } from "../resource/state";

type Inputs = Record<string, unknown>;

/**
 * What the program declared without what the review had added before: Pulumi's `ignoreChanges` can bring that along.
 * Anything else under these names stays, to be refused as an unknown argument.
 */
export function withoutReview(olds: Inputs, news: Inputs): Inputs {
  const fromReview = (property: string) =>
    olds[property] !== undefined && isDeepStrictEqual(olds[property], news[property]);
  const own = news["roomAlias"] === undefined ? [] : ["roomId"];
  const added = [...reviewedProperties, ...own].filter(fromReview);
  return Object.fromEntries(Object.entries(news).filter(([property]) => !added.includes(property)));
}

/**
 * Whether these are the inputs of a resource that exists and has this target. Then what was reviewed at first is kept,
 * whatever has become of the room or the alias since.
 */
export function hasSameTarget(olds: Inputs, inputs: DeclaredInputs): boolean {
  const property = inputs.roomAlias === undefined ? "roomId" : "roomAlias";
  return olds[property] !== undefined && olds[property] === inputs[property];
}

/** What the review added to the inputs of a resource that exists. Absent where the homeserver could not be reached. */
export function frozenReview(olds: Inputs): Partial<Reviewed> {
  return pick(olds, ["roomId", ...reviewedProperties]);
}

/**
 * The review of a resource that exists, without a request while the address is the same. At another one the same server
 * may answer; another server has another room, which is to be reviewed. One that was reviewed only at its apply gets the
 * name of the server now, to be compared with the outputs.
 */
export async function keptReview(
  homeserver: Homeserver,
  olds: Inputs,
): Promise<(Partial<Reviewed> & { serverName: string }) | undefined> {
  const frozen = frozenReview(olds);
  const { serverName, homeserverUrl } = frozen;
  if (serverName !== undefined && homeserverUrl === homeserver.url) {
    return { ...frozen, serverName };
  }
  const actual = await homeserver.serverName();
  if (serverName !== undefined && serverName !== actual) return undefined;
  return { ...frozen, serverName: actual, homeserverUrl: homeserver.url };
}
