import type * as pulumi from "@pulumi/pulumi";
import type { SynapseRoomShutdown } from "../program/room-shutdown";
import { hasEnded } from "../synapse/task-status";
import type { OutcomeProperty } from "./changes";

/** What the shutdowns of a resource have done so far. */
export type Outcome = {
  readonly [Name in OutcomeProperty]?: NonNullable<pulumi.Unwrap<SynapseRoomShutdown[Name]>>;
};

/** Status of a shutdown that belongs to the delete hook and has not run. Like `noRecord`, it is not Synapse's word. */
export const notRun = "not-run";

/** Status of a shutdown of which the homeserver has no record any more, and whose room does not show that it is done. */
export const noRecord = "no-record";

/** Whether a shutdown was started whose end is not known, but can be. */
export function isUnfinished({ deleteId, status }: Outcome): boolean {
  return deleteId !== undefined && status !== noRecord && !hasEnded(status);
}

/** Whether those in the room may have joined it after the last shutdown. After one that has failed, they need not have left. */
export function mayHaveReturned({ status }: Outcome): boolean {
  return status === "complete" || status === noRecord;
}
