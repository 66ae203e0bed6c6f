import { SynapseRequestError } from "../synapse/errors";
import type { SynapseAdminClient } from "../synapse/admin-client";
import type { RoomDetails } from "../synapse/schemas";
import type { Homeserver } from "./homeserver";
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

/** What can be seen of a room: its details, if the homeserver has it, and whether it is blocked. */
export async function observe(
  client: SynapseAdminClient,
  roomId: string,
): Promise<{ room: RoomDetails | undefined; blocked: boolean }> {
  const [room, blocked] = await Promise.all([findRoom(client, roomId), client.isRoomBlocked(roomId)]);
  return { room, blocked };
}

/**
 * Whether a shutdown has removed somebody from the room in the last days. One of a mistyped id is complete, too, but it
 * has removed nobody.
 */
async function wasShutDown(homeserver: Homeserver, roomId: string): Promise<boolean> {
  const tasks = await homeserver.tasks.ofRoom(roomId);
  return tasks.some(({ result }) => (result?.kickedUsers.length ?? 0) > 0);
}

/**
 * Looks at the target before anything happens to it.
 * @throws Error if the homeserver neither knows the room nor has just shut it down, and `allowUnknownRoom` is not set.
 */
export async function review(homeserver: Homeserver, inputs: RoomShutdownInputs): Promise<Reviewed> {
  const serverName = await homeserver.serverName();
  const room = await findRoom(homeserver.client, inputs.roomId);
  if (room === undefined && !inputs.allowUnknownRoom && !(await wasShutDown(homeserver, inputs.roomId))) {
    throw new Error(
      `${serverName} does not know the room ${inputs.roomId}, so nothing was done. Check the room id: Synapse answers a ` +
        "mistyped one with success. If the room was purged before, or is to be blocked before anybody joins it, set allowUnknownRoom to true.",
    );
  }
  return { serverName, homeserverUrl: homeserver.url, ...(room === undefined ? {} : { room }) };
}
