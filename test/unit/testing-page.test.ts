import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/machine/paths";

describe("docs/testing.md", () => {
  const example = join(root, "examples", "spam-wave");

  it("shows the test of the example to the letter", () => {
    const page = readFileSync(join(root, "docs", "testing.md"), "utf8");
    const code = readFileSync(join(example, "index.test.ts"), "utf8");
    assert.ok(page.includes(`\n\`\`\`ts\n${code}\`\`\`\n`), "copy the file into the page");
  });

  it("shows a test that passes, by the command that it names", () => {
    const output = execFileSync("npm", ["test"], { cwd: example, encoding: "utf8" });
    assert.match(output, /^. pass 1$/m);
  });
});
