import { join } from "node:path";
import { cached } from "./cache";
import { slowly } from "./progress";
import { run } from "./run";

/** The newest Node of a major version, from the package that the package `node` fetches by an install script. */
export async function findNode(major: string): Promise<string> {
  const binary = `node-${process.platform}-${process.arch}`;
  const folder = await cached(`node-${major}`, (prefix) =>
    slowly(`installing Node ${major} from npm`, async () => {
      await run("npm", [
        "install",
        "--no-audit",
        "--no-fund",
        "--prefix",
        prefix,
        `${binary}@${major}`,
      ]);
    }),
  );
  return join(folder, "node_modules", binary, "bin", "node");
}
