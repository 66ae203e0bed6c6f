import { readdirSync } from "node:fs";
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

/** The pipelines of GitLab. */
export const gitLabPipelines = exampleFiles.filter(isGitLabs);
