import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteRoomOptions } from "../synapse/schemas";

/**
 * Sends the v2 delete call. Gives the `delete_id`. Where the homeserver's shutdown could fail for the block that is declared,
 * the block is set before it, and lifted again where the homeserver refuses the shutdown.
 */
export async function sendShutdown(
  homeserver: Homeserver,
  room: Room,
  options: DeleteRoomOptions,
): Promise<string> {
  if (!options.block || !(await homeserver.wantsBlockFirst())) return room.startShutdown(options);
  const wasBlocked = await room.isBlocked();
  if (!wasBlocked) await room.putBlock(true);
  try {
    return await room.startShutdown({ ...options, block: false });
  } catch (error) {
    const isRefused = error instanceof SynapseRequestError && !error.isAnswerLost;
    if (isRefused && !wasBlocked) await liftAgain(room);
    throw error;
  }
}

async function liftAgain(room: Room): Promise<void> {
  try {
    await room.putBlock(false);
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    room.log(
      `warning: the block that was set for the shutdown could not be lifted after that was refused. ${error.message}`,
    );
  }
}
