import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { root } from "../machine/paths";

/** Text of a page, by its path in the repository. */
export function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

export function writePage(page: string, text: string): void {
  writeFileSync(join(root, page), text);
}

/** Text of a page with new content in its block of this name, as the formatter wants it. */
export async function withBlock(page: string, name: string, content: string): Promise<string> {
  const path = join(root, page);
  const text = replaceBlock(page, name, content);
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** Puts new content into the block of this name of a page. */
export async function writeBlock(page: string, name: string, content: string): Promise<void> {
  writePage(page, await withBlock(page, name, content));
}

/** Replaces what is between the two comments of this name. */
function replaceBlock(page: string, name: string, content: string): string {
  const text = readPage(page);
  const block = new RegExp(
    `(<!-- ${name}: made by npm run \\S+ -->).*(<!-- end of ${name} -->)`,
    "s",
  );
  if (!block.test(text)) throw new Error(`${page} has no place for ${name}`);
  return text.replace(block, (_, begin: string, end: string) => `${begin}\n\n${content}\n\n${end}`);
}
