import { SynapseRequestError } from "../synapse/errors";
import type { Homeserver } from "./homeserver";
import type { Host } from "../hooks/operation";

/**
 * Quarantines the media of a room that is still there, and says how many there were. `otherwise`: what a failure means for
 * the shutdown.
 */
export async function quarantineMedia(
  host: Host,
  homeserver: Homeserver,
  roomId: string,
  otherwise: string,
): Promise<number> {
  try {
    const { quarantinedMedia } = await homeserver.client.quarantineMedia(roomId);
    host.log(roomId, `${quarantinedMedia} media quarantined`);
    return quarantinedMedia;
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    throw new Error(
      `The media of ${roomId} could not be quarantined. ${otherwise} ${error.message}`,
      { cause: error },
    );
  }
}
