/**
 * Shows a real shutdown from the preview to the proof: the real engine, a real homeserver, the program of
 * examples/quickstart.
 */
import { runExample } from "../support/engine/example";
import { TestHomeserver } from "../support/synapse/homeserver";
import { connectionTo } from "../support/engine/scenario";
import { TestStack } from "../support/engine/stack";

const title = (text: string) => {
  console.log(`\n=== ${text}\n`);
};
const onOutput = (text: string) => process.stdout.write(text);

async function main(): Promise<void> {
  title("A homeserver, and a room with three members");
  const homeserver = await TestHomeserver.start();
  let stack: TestStack | undefined;
  try {
    const room = await homeserver.createRoom({ members: 3, name: "Cheap watches" });
    const [, member] = room.members;
    if (member === undefined) throw new Error("the room has no second member");
    console.log(`${homeserver.url} has the room ${room.roomId} with 3 members.`);

    stack = await TestStack.create({
      program: () => runExample("quickstart"),
      config: { ...connectionTo(homeserver), roomId: { value: room.roomId } },
    });

    title("pulumi preview --diff");
    await stack.stack.preview({ diff: true, onOutput, onError: onOutput });

    title("pulumi up");
    const { outputs } = await stack.stack.up({ onOutput });

    title("The outputs");
    for (const [name, { value }] of Object.entries(outputs))
      console.log(`${name}: ${JSON.stringify(value)}`);

    title("What Synapse says now");
    const details = await homeserver.roomDetails(room.roomId);
    console.log(`room details:        ${details.status} ${JSON.stringify(details.body)}`);
    console.log(`blocked:             ${await homeserver.isBlocked(room.roomId)}`);
    console.log(`rooms of a member:   ${JSON.stringify(await homeserver.joinedRooms(member))}`);
    const join = await homeserver.join(member, room.roomId);
    console.log(`joining it:          ${join.status} ${JSON.stringify(join.body)}`);
    const [task] = await homeserver.shutdownTasks(room.roomId);
    console.log(`its shutdown task:   ${String(task?.["id"])} is ${String(task?.["status"])}`);
    if (details.status !== 404 || join.status !== 403) throw new Error("the room is still there");

    title("pulumi destroy");
    await stack.stack.destroy({ onOutput });
  } finally {
    stack?.remove();
    await homeserver.stop();
  }

  title("In your own program");
  console.log(`npm install pulumi-synapse
pulumi config set synapse:homeserverUrl https://matrix.example.org
pulumi config set --secret synapse:accessToken        # of a server admin

import { SynapseRoomShutdown } from "pulumi-synapse";

new SynapseRoomShutdown("spam-room", {
  roomId: "!opaque:example.org",
  block: true,
});

pulumi preview --diff   # read it: a shutdown can't be undone
pulumi up`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
