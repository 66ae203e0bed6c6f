import type { TestHomeserver, TestRoom } from "../synapse/homeserver";
import { hookEffects } from "../cases/hook-effects";
import { runExample } from "../engine/example";
import { connectionTo } from "../engine/scenario";
import { TestStack } from "../engine/stack";
import { withBlock } from "./pages";

/** The pages that have something of the real parts, by their path, with all of it in its place. */
export async function regenerated(homeserver: TestHomeserver): Promise<Map<string, string>> {
  const preview = `\`\`\`text\n${await realPreview(homeserver)}\n\`\`\``;
  return new Map([
    ["README.md", await withBlock("README.md", "preview", preview)],
    ["docs/lifecycle.md", await withBlock("docs/lifecycle.md", "hooks", hooksTable())],
  ]);
}

/** The real preview of the quickstart, with what differs from run to run replaced by what a reader expects. */
async function realPreview(homeserver: TestHomeserver): Promise<string> {
  const room = await homeserver.createRoom({ members: 3, name: "Cheap watches" });
  const stack = await TestStack.create({
    program: () => runExample("quickstart"),
    config: { ...connectionTo(homeserver), roomId: { value: room.roomId } },
  });
  try {
    // The engine writes messages to stderr. Both streams on their own, since their order is left to chance.
    const { stdout, stderr } = await stack.stack.preview({ diff: true, color: "never" });
    return asReadersSeeIt(`${stdout}\n${stderr}`, homeserver, room);
  } finally {
    stack.remove();
  }
}

/** Output of the engine with the names that a reader expects instead of those of a test. */
export function asReadersSeeIt(output: string, homeserver: TestHomeserver, room: TestRoom): string {
  const replaced: Record<string, string> = {
    [room.roomId]: "!iRUqTcdGJLUdlwVTVvK9I2SDvLoKq2NxGBGhCfXb3AQ",
    [room.creator.userId]: "@seller:example.org",
    [homeserver.serverName]: "example.org",
    [homeserver.url]: "https://matrix.example.org",
    "pulumi-synapse-test-test": "moderation-prod",
    "pulumi:test::pulumi-synapse-test": "pulumi:prod::moderation",
    "(test)": "(prod)",
  };
  let shown = output;
  for (const [real, name] of Object.entries(replaced)) shown = shown.replaceAll(real, name);
  return shown
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** What each hook does, as the tests show it. */
function hooksTable(): string {
  const lines = hookEffects.map(({ hook, when, effect, calls }) => [
    hook,
    when,
    effect,
    calls.join(", ") || "none",
  ]);
  const rows = [
    ["hook", "when", "what it does", "calls on the homeserver"],
    ["---", "---", "---", "---"],
    ...lines,
  ];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
