import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runExample } from "../engine/example";
import { format, resolveConfig } from "prettier";
import type { TestHomeserver, TestRoom } from "../synapse/homeserver";
import { hookEffects } from "../cases/hook-effects";
import { connectionTo } from "../engine/scenario";
import { TestStack } from "../engine/stack";
import { root } from "../machine/paths";

const readme = join(root, "README.md");

/** The real preview of the quickstart, with what differs from run to run replaced by what a reader expects. */
export async function realPreview(homeserver: TestHomeserver): Promise<string> {
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

/** README.md with all that is made from the real parts, in its place. */
export async function regenerated(text: string, homeserver: TestHomeserver): Promise<string> {
  return formatted(
    replaceBlock(withPreview(text, await realPreview(homeserver)), "hooks", hooksTable()),
  );
}

/** Text of README.md as the formatter wants it. */
export async function formatted(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(readme)), filepath: readme });
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

/** The preview in its two places: as the terminal shows it, and in the comment on a pull request. */
function withPreview(text: string, preview: string): string {
  const comment = `#### :tropical_drink: \`preview\` on moderation/prod\n\n<details><summary>Pulumi report</summary>\n\n\`\`\`text\n${preview}\n\`\`\`\n\n</details>`;
  const quoted = comment
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
  return replaceBlock(
    replaceBlock(text, "preview", `\`\`\`text\n${preview}\n\`\`\``),
    "comment",
    quoted,
  );
}

export const readReadme = () => readFileSync(readme, "utf8");
export const writeReadme = (text: string) => {
  writeFileSync(readme, text);
};

/** Replaces what is between the two comments of this name. */
export function replaceBlock(text: string, name: string, content: string): string {
  const block = new RegExp(
    `(<!-- ${name}: made by npm run \\S+ -->).*(<!-- end of ${name} -->)`,
    "s",
  );
  if (!block.test(text)) throw new Error(`README.md has no place for ${name}`);
  return text.replace(block, (_, begin: string, end: string) => `${begin}\n\n${content}\n\n${end}`);
}
