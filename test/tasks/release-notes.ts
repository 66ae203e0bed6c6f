/** Prints the notes of a release, if all fits its tag: `npm run -s release-notes -- v1.2.3`. The release workflow does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/machine/paths";
import { releaseNotes, type ReleaseFiles } from "../support/package/release";

const textOf = (file: string) => readFileSync(join(root, file), "utf8");
const [tag = ""] = process.argv.slice(2);
try {
  const manifest = JSON.parse(textOf("package.json")) as ReleaseFiles["manifest"];
  console.log(releaseNotes(tag, { manifest, changelog: textOf("CHANGELOG.md") }));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
