import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Where the real parts are kept between runs: outside the checkout, in the user's cache folder. */
export const cacheRoot = join(
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "pulumi-synapse",
);

/**
 * Gives the cached folder of this name and version. Where there is none, `fill` makes one in a temporary folder that is
 * put in place when it is complete: a run that is killed leaves nothing half done.
 */
export async function cached(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheRoot, name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.new-`);
  try {
    await fill(temporary);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
