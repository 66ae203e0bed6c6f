import { SynapseRequestError } from "../synapse/errors";
import type { Homeserver } from "./homeserver";
import type { Host } from "./host";

/** Quarantines the media of a room, and says how many there were. None where the room is purged: they can't be found then. */
export async function quarantineMedia(host: Host, homeserver: Homeserver, roomId: string): Promise<number> {
  try {
    const { quarantinedMedia } = await homeserver.client.quarantineMedia(roomId);
    host.log(roomId, `${quarantinedMedia} media quarantined`);
    return quarantinedMedia;
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    const message = `The media of ${roomId} could not be quarantined, so no shutdown was started. ${error.message}`;
    throw new Error(message, { cause: error });
  }
}
