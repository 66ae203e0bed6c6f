import { SynapseRequestError } from "../synapse/errors";
import type { SynapseAdminClient } from "../synapse/admin-client";
import type { RoomDetails } from "../synapse/schemas";
import type { Homeserver } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import type { Reviewed } from "./state";

/** The details of a room, or undefined if the homeserver does not have it. Every other failure is thrown. */
export async function findRoom(client: SynapseAdminClient, roomId: string): Promise<RoomDetails | undefined> {
  try {
    return await client.roomDetails(roomId);
  } catch (error) {
    if (error instanceof SynapseRequestError && error.isNotFound) return undefined;
    throw error;
  }
}

/**
 * Looks at the target before anything happens to it.
 * @throws Error if the homeserver does not know the room and `allowUnknownRoom` is not set.
 */
export async function review(homeserver: Homeserver, inputs: RoomShutdownInputs): Promise<Reviewed> {
  const serverName = await homeserver.serverName();
  const room = await findRoom(homeserver.client, inputs.roomId);
  if (room === undefined && !inputs.allowUnknownRoom) {
    throw new Error(
      `${serverName} does not know the room ${inputs.roomId}, so nothing was done. Check the room id: Synapse answers a ` +
        "mistyped one with success. If the room was purged before, or is to be blocked before anybody joins it, set allowUnknownRoom to true.",
    );
  }
  return { serverName, homeserverUrl: homeserver.url, ...(room === undefined ? {} : { room }) };
}
