import { join } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { root } from "../machine/paths";

const examples = join(root, "examples");

/** Runs the program of an example anew, as `pulumi` would, and gives what it exports. */
export async function runExample(name: string): Promise<OutputMap> {
  const file = require.resolve(join(examples, name));
  // A program is a module: loaded a second time from the cache, it would declare nothing.
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
  delete require.cache[file];
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return Promise.resolve(require(file) as OutputMap);
}
