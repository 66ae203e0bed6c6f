import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, getRooms } from "pulumi-synapse";

const config = new pulumi.Config();

/** The rooms that nobody of this homeserver is in any more. More than that many are no usual night. */
async function sweep(): Promise<string[]> {
  const rooms = await getRooms({
    hasLocalMembers: false,
    atMost: config.getNumber("atMost") ?? 100,
  });
  for (const { roomId } of rooms) {
    // Right before the purge, too, nobody may be in it.
    new SynapseRoomShutdown(roomId, { roomId, expect: { maxLocalMembers: 0 } });
  }
  return rooms.map(({ roomId }) => roomId);
}

/** What this night has swept. Pulumi waits for the promise. */
export const swept = sweep();
