import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../machine/paths";

/** The files of a folder of this repository and of the folders in it, by their ending. */
function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .map((file) => join(root, folder, file));
}

const isGitLabs = (file: string) => /gitlab/.test(relative(root, file));

/** Where GitHub looks for its files. */
export const github = join(root, ".github");

/** The workflows of GitHub: our own, and those of the examples. */
export const ownWorkflows = filesOf(".github/workflows", /\.ya?ml$/);
const exampleFiles = filesOf("examples/ci", /\.ya?ml$/);
export const exampleWorkflows = exampleFiles.filter((file) => !isGitLabs(file));

/** The pipelines of GitLab: files of the examples, and what their pages show, each written to a file of this folder. */
export function gitLabPipelines(folder: string): string[] {
  const shown = filesOf("examples/ci", /\.md$/)
    .flatMap((page) => [
      ...readFileSync(page, "utf8").matchAll(/^```yaml\n(# \.gitlab-ci\.yml\n.*?)^```/gms),
    ])
    .map(([, text = ""], index) => {
      const file = join(folder, `shown-${index}.yml`);
      writeFileSync(file, text);
      return file;
    });
  return [...exampleFiles.filter(isGitLabs), ...shown];
}
