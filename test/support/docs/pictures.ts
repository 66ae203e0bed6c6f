import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { runExample } from "../engine/example";
import type { TestHomeserver, TestRoom } from "../synapse/homeserver";
import { asReadersSeeIt } from "./generated";
import { Scenario, connectionTo, refused, succeeded } from "../engine/scenario";
import { terminalPicture } from "./terminal-picture";
import { root } from "../machine/paths";

const folder = join(root, "docs");

/** Draws what the pages show of a terminal, from real runs of the examples. */
export async function drawPictures(homeserver: TestHomeserver): Promise<void> {
  const large = await homeserver.createHeldRoom({ members: 8, name: "Cheap watches" });
  const meanwhile = { says: /local members removed/, act: large.letGo };
  const up = async (scenario: Scenario) => succeeded(await scenario.up({ meanwhile }));
  draw("up", "pulumi up", await output("quickstart", homeserver, large, {}, up));

  const other = await homeserver.createRoom({ members: 3, name: "Moderators" });
  const expected = { expectedName: { value: "Cheap watches" } };
  draw(
    "guard",
    "pulumi preview --diff",
    await output("takedown", homeserver, other, expected, async (s) => refused(await s.preview())),
  );
}

async function output(
  example: string,
  homeserver: TestHomeserver,
  room: TestRoom,
  config: ConfigMap,
  operation: (scenario: Scenario) => Promise<string>,
): Promise<string> {
  const scenario = await Scenario.create(
    { ...connectionTo(homeserver), roomId: { value: room.roomId }, ...config },
    {},
  );
  try {
    scenario.run(() => runExample(example));
    const [printed = ""] = (await operation(scenario)).split("\ncode: "); // What follows is of the Automation API.
    return asReadersSeeIt(printed, homeserver, room);
  } finally {
    scenario.remove();
  }
}

function draw(name: string, command: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), terminalPicture(command, `$ ${command}\n${text}`));
}
