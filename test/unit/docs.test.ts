import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readPage } from "../support/docs/pages";
import { terminalPicture } from "../support/docs/terminal-picture";
import { root } from "../support/machine/paths";

const most = { lines: 180, bytes: 12_000, columns: 100 };

const docs = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);
const ofExamples = readdirSync(join(root, "examples")).map((name) => `examples/${name}/README.md`);
const ofProject = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
const pages = [...ofProject, ...docs, ...ofExamples].filter((page) => existsSync(join(root, page)));

describe("README.md", () => {
  const text = readPage("README.md");

  it("can be read in five minutes", () => {
    const lines = text.trimEnd().split("\n").length;
    assert.ok(lines <= most.lines, `${lines} lines`);
    assert.ok(Buffer.byteLength(text) <= most.bytes, `${Buffer.byteLength(text)} bytes`);
  });

  it("is no wider than a screen, but for what the engine has printed", () => {
    const written = text.replace(/<!-- preview: .*<!-- end of preview -->/s, "");
    assert.notEqual(written, text);
    assert.deepEqual(
      written.split("\n").filter((line) => line.length > most.columns),
      [],
    );
  });

  it("points to the index, which has every page", () => {
    assert.match(text, /\(docs\/README\.md\)/);
    const index = readPage("docs/README.md");
    const missing = docs
      .map((page) => page.replace("docs/", ""))
      .filter((page) => page !== "README.md" && !index.includes(`(${page})`));
    assert.deepEqual(missing, []);
  });
});

describe("The pages of docs/", () => {
  it("say first for whom they are", () => {
    const silent = docs.filter((page) => !/^# .+\n\nFor [^#]*\./.test(readPage(page)));
    assert.deepEqual(silent, []);
  });
});

describe("The links of all pages", () => {
  it("lead to files and headings that are there", () => {
    const remark = join(root, "node_modules", ".bin", "remark");
    const plugin = "remark-validate-links=repository:false";
    const options = [
      "--frail",
      "--quiet",
      "--no-stdout",
      "--no-config",
      "--no-color",
      "--use",
      plugin,
    ];
    const { status, stderr } = spawnSync(remark, [...options, ...pages], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });

  it("show pictures that are all shown somewhere", () => {
    const text = pages.map(readPage).join("\n");
    const pictures = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".svg"));
    assert.deepEqual(
      pictures.filter((name) => !text.includes(`${name})`)),
      [],
    );
  });
});

describe("The picture of a terminal", () => {
  const colourOf = (line: string) =>
    /fill="([^"]+)" xml:space/.exec(terminalPicture("title", line))?.[1];

  it("colours operations, and no word of a value", () => {
    const plain = colourOf('    roomId: "!opaque:example.org"');
    assert.equal(colourOf('    runOn        : "create"'), plain);
    assert.equal(colourOf('    name         : "failed updating created"'), plain);
    assert.equal(colourOf("@ updating...."), plain);
    const created = colourOf("    + 2 created");
    assert.notEqual(created, plain);
    assert.equal(colourOf(" +  pulumi:pulumi:Stack moderation-prod creating (0s)"), created);
    assert.notEqual(colourOf("~ block: false => true"), plain);
    assert.notEqual(colourOf("error: refused"), plain);
    assert.notEqual(colourOf("a room: warning: the purge can't be undone"), plain);
  });
});
