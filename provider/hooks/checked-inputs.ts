import { complete } from "../resource/arguments";
import { fillUnknown, plainByHash, type Fault } from "../resource/engine-values";
import { reviewedProperties } from "../resource/state";
import { resolveInputs } from "../resource/validate";
import { differing, list } from "../resource/words";
import { withoutReview } from "../review/frozen";

type Inputs = Record<string, unknown>;

/** What may change after the review, if it stays valid: it decides neither which room nor what happens to it. */
const harmless: readonly string[] = ["wait", "waitTimeoutSeconds", "maxAttempts"];

/**
 * The inputs that check has given back in this operation. What the engine hands to the other hooks can be different: policies
 * that remediate change it, and check is not asked again.
 */
export class CheckedInputs {
  private readonly all = new Map<unknown, Inputs[]>();
  private last: Inputs | undefined;
  private replacement: Inputs | undefined;

  /** Check gives these back, unless it has `found` faults. Gives the faults. */
  note(olds: Inputs, inputs: Inputs, found: readonly Fault[] = []): Fault[] {
    const lost = this.lostBy(olds, inputs);
    // What is lost also contradicts what was checked of the same resource: that is no fault of another one.
    if (lost.length > 0) return lost;
    if (found.length > 0) return [...found];
    const [target, checked] = [targetOf(inputs), comparable(inputs)];
    this.last = checked;
    this.all.set(target, [...(this.all.get(target) ?? []), checked]);
    return [];
  }

  /**
   * The faults of a replacement, which check sees once more, without `olds` and right after its diff: the engine makes it of
   * what the program declares, whatever `ignoreChanges` has kept until then.
   */
  private lostBy(olds: Inputs, inputs: Inputs): Fault[] {
    const compared = this.replacement;
    this.replacement = undefined;
    if (Object.keys(olds).length > 0 || compared === undefined) return [];
    const found = inputs["roomAlias"] === undefined ? [] : ["roomId"]; // The alias is looked up anew.
    const lost = different(comparable(inputs), compared).filter(
      (name) => ![...found, ...reviewedProperties].includes(name),
    );
    return lost.map((property) => ({
      property,
      reason:
        "would change with the replacement, since ignoreChanges has no effect on one: the engine makes it of what the program " +
        "declares. Declare what the resource has, or leave this property out of ignoreChanges.",
    }));
  }

  /** Whether check has given these back last. The engine compares others, too, to see what a replacement elsewhere could reach. */
  isLast(inputs: object): boolean {
    return this.last !== undefined && different(this.last, comparable(inputs)).length === 0;
  }

  /** A replacement was planned. Where check has given these inputs back last, it is the next that the engine has checked. */
  noteReplacement(inputs: object): void {
    this.replacement = this.isLast(inputs) ? comparable(inputs) : undefined;
  }

  /**
   * Gives the inputs of a change, held to those that were reviewed.
   * @throws Error if they are different in what decides about the room, if the rest is not valid, or if nothing was reviewed
   */
  hold<T extends object>(inputs: T): T {
    const given = comparable(inputs);
    const reviewed = this.closestTo(given);
    const faults = reviewed === undefined ? ["no review of it was seen"] : changes(reviewed, given);
    if (faults.length === 0) return inputs;
    throw new Error(
      `Changed after the review: ${list(faults)}. This step did nothing. The likely cause is a policy that remediates: what it changes is ` +
        "not reviewed, not held to a plan, and lost in a replacement. Declare it in the program instead; a policy may change only " +
        `${harmless.join(", ")}.`,
    );
  }

  /** Those that differ in the least, of the same target where there are any. */
  private closestTo(given: Inputs): Inputs | undefined {
    const candidates = this.all.get(targetOf(given)) ?? [...this.all.values()].flat();
    const distances = candidates.map((inputs) => different(inputs, given).length);
    return candidates[distances.indexOf(Math.min(...distances))];
  }
}

function targetOf({ roomId, roomAlias }: Inputs): unknown {
  return roomId ?? roomAlias;
}

/** Inputs as they can be compared, whichever hook got them. */
function comparable(inputs: object): Inputs {
  return plainByHash(complete(inputs));
}

/** The properties that decide about the room and are not as they were reviewed, as far as that is known. */
function different(reviewed: Inputs, given: Inputs): string[] {
  const known = fillUnknown(reviewed, given) as Inputs;
  return differing(known, given).filter((name) => !harmless.includes(name));
}

/** What is not as it was reviewed, or what is wrong by now. */
function changes(reviewed: Inputs, given: Inputs): string[] {
  const changed = different(reviewed, given);
  return changed.length > 0
    ? changed
    : faultsOf(given).filter((fault) => !faultsOf(reviewed).includes(fault));
}

function faultsOf(inputs: Inputs): string[] {
  return resolveInputs(withoutReview(inputs, inputs)).faults.map(
    ({ property, reason }) => `${property} ${reason}`,
  );
}
