/**
 * Shows a real shutdown from the preview to the proof: the real engine, a real homeserver, the program of
 * examples/quickstart.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runExample } from "../support/engine/example";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { connectionTo } from "../support/engine/scenario";
import { TestStack } from "../support/engine/stack";
import { withHomeserver } from "../support/engine/with-homeserver";
import { root } from "../support/machine/paths";

const title = (text: string) => {
  console.log(`\n=== ${text}\n`);
};
const onOutput = (text: string) => process.stdout.write(text);

async function main(): Promise<void> {
  title("A homeserver, and a room with three members");
  await withHomeserver(
    () => TestHomeserver.start(),
    async (homeserver) => {
      const room = await homeserver.createRoom({ members: 3, name: "Cheap watches" });
      console.log(`${homeserver.url} has the room ${room.roomId} with 3 members.`);
      const stack = await TestStack.create({
        program: () => runExample("quickstart"),
        config: { ...connectionTo(homeserver), roomId: { value: room.roomId } },
      });
      try {
        await shutDown(stack);
        await prove(homeserver, room);
        title("pulumi destroy");
        await stack.stack.destroy({ onOutput });
      } finally {
        stack.remove();
      }
    },
  );
  title("In your own program");
  console.log(ownProgram);
}

async function shutDown({ stack }: TestStack): Promise<void> {
  title("pulumi preview --diff");
  await stack.preview({ diff: true, onOutput, onError: onOutput });

  title("pulumi up");
  const { outputs } = await stack.up({ onOutput });

  title("The outputs");
  for (const [name, { value }] of Object.entries(outputs))
    console.log(`${name}: ${JSON.stringify(value)}`);
}

/** Asks Synapse itself. Throws if the room is not gone. */
async function prove(homeserver: TestHomeserver, { roomId, members }: TestRoom): Promise<void> {
  const [, member] = members;
  if (member === undefined) throw new Error("the room has no second member");
  title("What Synapse says now");
  const details = await homeserver.roomDetails(roomId);
  console.log(`room details:        ${details.status} ${JSON.stringify(details.body)}`);
  console.log(`blocked:             ${await homeserver.isBlocked(roomId)}`);
  console.log(`rooms of a member:   ${JSON.stringify(await homeserver.joinedRooms(member))}`);
  const join = await homeserver.join(member, roomId);
  console.log(`joining it:          ${join.status} ${JSON.stringify(join.body)}`);
  const [task] = await homeserver.shutdownTasks(roomId);
  console.log(`its shutdown task:   ${String(task?.["id"])} is ${String(task?.["status"])}`);
  if (details.status !== 404 || join.status !== 403) throw new Error("the room is still there");
}

const ownProgram = `npm install @pulumi/pulumi pulumi-synapse
pulumi config set synapse:homeserverUrl https://matrix.example.org
pulumi config set --secret synapse:accessToken        # of a server admin
pulumi config set roomId '!opaque:example.org'

${readFileSync(join(root, "examples", "quickstart", "index.ts"), "utf8")}
pulumi preview --diff   # read it: a shutdown can't be undone
pulumi up
pulumi stack output`;

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
