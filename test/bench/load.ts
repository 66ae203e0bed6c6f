/**
 * What the package costs a program: the time to load it, and a preview of one resource beside the same program with a
 * bare `pulumi.dynamic.Resource`. In one run, in turns, each in a process of its own as a program is; prints a table.
 */
import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver } from "../support/synapse/homeserver";
import { connectionTo } from "../support/engine/scenario";
import { TestStack } from "../support/engine/stack";

const rounds = 9;

const bareProvider: pulumi.dynamic.ResourceProvider = {
  create: (inputs: { roomId: string }) => Promise.resolve({ id: inputs.roomId, outs: inputs }),
};

class BareResource extends pulumi.dynamic.Resource {
  constructor(name: string, args: { roomId: string; block: boolean }) {
    super(bareProvider, name, { ...args }); // It writes into what it gets.
  }
}

const programs: Record<string, (args: { roomId: string; block: boolean }) => unknown> = {
  SynapseRoomShutdown: (args) => new SynapseRoomShutdown("room", args),
  "bare pulumi.dynamic.Resource": (args) => new BareResource("room", args),
};

/** In a process of its own: one preview, in milliseconds. */
async function measure(
  name: string,
  url: string,
  adminToken: string,
  roomId: string,
): Promise<void> {
  const declare = programs[name];
  if (declare === undefined) throw new Error(`there is no program ${name}`);
  const stack = await TestStack.create({
    config: connectionTo({ url, adminToken }),
    program: () => Promise.resolve(void declare({ roomId, block: true })),
  });
  try {
    const startMs = performance.now();
    await stack.stack.preview();
    console.log(performance.now() - startMs);
  } finally {
    stack.remove();
  }
}

function inOwnProcess(args: string[]): number {
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function row(what: string, values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b).map((ms) => ms.toFixed(1));
  return `| ${what} | ${sorted[Math.floor(sorted.length / 2)] ?? ""} | ${sorted[0] ?? ""} | ${sorted.at(-1) ?? ""} |`;
}

async function compare(homeserver: TestHomeserver): Promise<void> {
  const previews = new Map(Object.keys(programs).map((name) => [name, [] as number[]]));
  const loads: number[] = [];
  const load = `
    require("@pulumi/pulumi");
    const before = performance.now();
    require("pulumi-synapse");
    console.log(performance.now() - before);`;
  const { roomId } = await homeserver.createRoom();
  const connection = [homeserver.url, homeserver.adminToken, roomId];
  for (let round = 0; round < rounds; round++) {
    loads.push(inOwnProcess(["-e", load]));
    for (const [name, ms] of previews)
      ms.push(inOwnProcess(["--import", "tsx", __filename, name, ...connection]));
  }
  console.log(`| ${rounds} rounds | median ms | min | max |\n| --- | --- | --- | --- |`);
  console.log(row('`require("pulumi-synapse")` after `@pulumi/pulumi`', loads));
  for (const [name, ms] of previews) console.log(row(`preview of one ${name}`, ms));
}

const [name, url, adminToken, roomId] = process.argv.slice(2);
const work =
  name === undefined || url === undefined || adminToken === undefined || roomId === undefined
    ? withHomeserver(() => TestHomeserver.start(), compare)
    : measure(name, url, adminToken, roomId);
work.catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
