import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { exampleWorkflows, github, gitLabPipelines, ownWorkflows } from "../support/ci/files";
import { actionlint, fitSchema, zizmor } from "../support/ci/linters";
import { root } from "../support/machine/paths";

const release = join(github, "workflows", "release.yml");

describe("what GitHub and GitLab read", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-workflows-"))));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A copy of a file with something wrong in it, to see that it is found. */
  const spoilt = (file: string, ...changes: [string | RegExp, string][]) => {
    const copy = join(folder, "spoilt.yml");
    let text = readFileSync(file, "utf8");
    for (const [from, to] of changes) {
      assert.notEqual(text.search(from), -1);
      text = text.replace(from, to);
    }
    writeFileSync(copy, text);
    return copy;
  };

  for (const file of [...ownWorkflows, ...exampleWorkflows]) {
    it(`passes actionlint: ${relative(root, file)}`, async () => {
      assert.equal(await actionlint(file), "");
    });
  }

  it("does not pass actionlint if it is wrong", async () => {
    const file = spoilt(release, ["needs: pack", "needs: packs"]);
    assert.match(await actionlint(file), /needs job "packs" which does not exist/);
  });

  it("gives our workflows no right that they don't need, and no action that may change", async () => {
    assert.equal(await zizmor(github), "");
  });

  it("is found careless if it is", async () => {
    const file = spoilt(
      release,
      [/permissions:\n +contents: read/, "permissions: write-all"],
      [/checkout@\S+/, "checkout@v7"],
      ["persist-credentials: false", "fetch-depth: 1"],
      ["package-manager-cache: false", "cache: npm"],
    );
    const findings = await zizmor(file);
    for (const audit of ["excessive-permissions", "unpinned-uses", "artipacked", "cache-poisoning"])
      assert.match(findings, new RegExp(`title=${audit}:`));
  });

  it("fits GitHub's published schemas, and each job of ours has a time limit", async () => {
    await fitSchema("vendor.github-workflows", ...ownWorkflows, ...exampleWorkflows);
    await fitSchema("custom.github-workflows-require-timeout", ...ownWorkflows);
    await fitSchema("vendor.dependabot", join(github, "dependabot.yml"));
    const form = (name: string) => join(github, "ISSUE_TEMPLATE", `${name}.yml`);
    await fitSchema("vendor.github-issue-forms", form("bug"), form("feature"));
    await fitSchema("vendor.github-issue-config", form("config"));
    const file = spoilt(release, ["runs-on", "runs_on"]);
    await assert.rejects(fitSchema("vendor.github-workflows", file), /runs_on/);
  });

  it("fits GitLab's published schema", async () => {
    const [first] = gitLabPipelines;
    assert.ok(first);
    await fitSchema("vendor.gitlab-ci", ...gitLabPipelines);
    const file = spoilt(first, ["rules:", "rulez:"]);
    await assert.rejects(fitSchema("vendor.gitlab-ci", file), /rulez/);
  });
});
