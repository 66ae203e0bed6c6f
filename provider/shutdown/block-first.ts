import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteRoomOptions } from "../synapse/schemas";

/** The block before a shutdown that could fail for it. */
export interface BlockFirst {
  /** The options of the shutdown: without the block, if that was set before it. */
  readonly options: DeleteRoomOptions;
  /** Lifts the block again, where no shutdown was started. One that was there before stays. */
  lift(): Promise<void>;
}

const nothingToLift = () => Promise.resolve();

/** Sets the block that is declared before the shutdown, where the homeserver's shutdown could fail for it. */
export async function blockFirst(
  homeserver: Homeserver,
  room: Room,
  options: DeleteRoomOptions,
): Promise<BlockFirst> {
  if (!options.block || !(await homeserver.wantsBlockFirst())) {
    return { options, lift: nothingToLift };
  }
  const without = { ...options, block: false };
  if (await room.isBlocked()) return { options: without, lift: nothingToLift };
  try {
    await room.putBlock(true);
  } catch (error) {
    await liftAgain(room); // The answer may have been lost.
    throw error;
  }
  return { options: without, lift: () => liftAgain(room) };
}

async function liftAgain(room: Room): Promise<void> {
  try {
    await room.putBlock(false);
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    room.log(
      `warning: no shutdown was started, and the block that was set for it could not be lifted. ${error.message}`,
    );
  }
}
