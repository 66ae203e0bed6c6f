import { existsSync } from "node:fs";
import { slowly } from "./progress";
import { run } from "./run";

/** Installs a package of Debian's where its program is missing. */
export async function ensureDebian(program: string, debianPackage: string): Promise<void> {
  if (existsSync(program)) return;
  await slowly(`installing ${debianPackage} from Debian`, async () => {
    await run("apt-get", ["update", "-q"]);
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", debianPackage]);
  });
}
