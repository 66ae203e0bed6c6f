import type { Clock } from "./clock";

/** The process that a homeserver is used in: its time, its chance, and where it writes. */
export interface Host {
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  /** Writes a line on the stack's row. Hooks don't know the resource's name, so it begins with the room. */
  log(room: string, line: string): void;
}
