import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, getRooms, type FoundRoom } from "pulumi-synapse";

const config = new pulumi.Config();
const space = config.require("space");

/** The rooms of a space first, then the spaces in it, and the space itself last: so it leads to them until they are gone. */
async function takeDown(): Promise<Record<string, pulumi.Output<string | undefined>>> {
  const creatorServer = config.get("creatorServer");
  const found = await getRooms({
    inSpace: space,
    // Whoever may edit a space can name any room in it, also one that is not theirs.
    ...(creatorServer === undefined ? {} : { creatorServer }),
    atMost: config.getNumber("atMost") ?? 20,
  });
  const isSpace = ({ type }: FoundRoom) => type === "m.space";
  const steps = [
    found.filter((room) => !isSpace(room)),
    found.filter((room) => isSpace(room) && room.roomId !== space),
    found.filter(({ roomId }) => roomId === space),
  ];
  const shutdowns = new Map<string, SynapseRoomShutdown>();
  for (const step of steps) {
    const dependsOn = [...shutdowns.values()];
    for (const room of step) shutdowns.set(room.roomId, shutdownOf(room, dependsOn));
  }
  return Object.fromEntries([...shutdowns].map(([roomId, { status }]) => [roomId, status]));
}

function shutdownOf(
  { roomId, name = "", untold = [] }: FoundRoom,
  dependsOn: SynapseRoomShutdown[],
): SynapseRoomShutdown {
  // A room that everybody has left no longer tells its name.
  const expect = untold.includes("name") ? {} : { name };
  return new SynapseRoomShutdown(roomId, { roomId, block: true, expect }, { dependsOn });
}

/** What was taken down, and what became of it. Pulumi waits for the promise. */
export const statuses = takeDown();
