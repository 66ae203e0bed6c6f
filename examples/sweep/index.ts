import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, getRooms } from "pulumi-synapse";

const config = new pulumi.Config();

/** The rooms that nobody of this homeserver is in any more. More than that many are no usual night. */
async function sweep(): Promise<Record<string, pulumi.Output<string | undefined>>> {
  const rooms = await getRooms({
    hasLocalMembers: false,
    atMost: config.getNumber("atMost") ?? 100,
  });
  return Object.fromEntries(
    rooms.map(({ roomId }) => {
      // Right before the purge, too, nobody may be in it.
      const { status } = new SynapseRoomShutdown(roomId, {
        roomId,
        expect: { maxLocalMembers: 0 },
      });
      return [roomId, status];
    }),
  );
}

/** What this night has swept, and what became of it. Pulumi waits for the promise. */
export const swept = sweep();
