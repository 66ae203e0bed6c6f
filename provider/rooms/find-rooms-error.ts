import { printable } from "../resource/words";

/**
 * Why no list of rooms is given: what was asked for, or the connection's settings, can't be used, so that nothing was asked; more
 * rooms match than are wanted; or the homeserver could not be asked.
 */
export type FindRoomsFailure = "refused" | "too many" | "failed";

/** No list of rooms. The message can be printed, and shows neither the token nor the value of an argument. */
export class FindRoomsError extends Error {
  constructor(
    readonly failure: FindRoomsFailure,
    message: string,
  ) {
    super(printable(message));
    this.name = "FindRoomsError";
  }
}
