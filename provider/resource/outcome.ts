import type * as pulumi from "@pulumi/pulumi";
import type { SynapseRoomShutdown } from "../program/room-shutdown";
import { hasEnded } from "../synapse/task-status";
import type { OutcomeProperty } from "./changes";

/** What the shutdowns of a resource have done so far. */
export type Outcome = {
  readonly [Name in OutcomeProperty]?: NonNullable<pulumi.Unwrap<SynapseRoomShutdown[Name]>>;
};

/** Status of a shutdown that belongs to the delete hook and has not run. The only word here that is not Synapse's. */
export const notRun = "not-run";

/** Whether a shutdown was started whose end is not known. */
export function isUnfinished({ deleteId, status }: Outcome): boolean {
  return deleteId !== undefined && !hasEnded(status);
}
