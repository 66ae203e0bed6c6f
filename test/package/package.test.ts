import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../support/machine/paths";
import {
  packedWithHomeserver,
  bin,
  commonJs,
  esm,
  type InstalledProject,
} from "../support/package/installed-project";

const pulumiVersion = "3.248.0";

/** How each package manager installs what package.json names. */
const managers: Record<string, string[]> = {
  npm: ["npm", "install", "--no-audit", "--no-fund"],
  pnpm: [bin("pnpm"), "install", "--ignore-scripts"],
  // yarn takes a local tarball for the one of an earlier run, so it gets a cache of its own.
  yarn: [
    bin("yarn"),
    "install",
    "--non-interactive",
    "--ignore-scripts",
    "--no-lockfile",
    "--cache-folder",
    "cache",
  ],
};

const sources = readdirSync(join(root, "provider"), { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts"),
);

interface SourceMap {
  readonly sourcesContent?: readonly string[];
}

describe("the package", () => {
  const shared = packedWithHomeserver();

  it("has no file that users don't need", () => {
    const compiled = sources.flatMap((source) => {
      const file = `dist/${source.slice(0, -".ts".length)}`;
      return [`${file}.d.ts`, `${file}.js`, `${file}.js.map`];
    });
    const others = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    assert.deepEqual(shared.packed.files, [...compiled, ...others].sort());
  });

  it("has source maps that hold their source, so that a debugger shows it", () => {
    const folder = shared.packed.unpack();
    for (const source of sources) {
      const script = join(folder, "dist", source.replace(/ts$/, "js"));
      const [, named = ""] =
        /\n\/\/# sourceMappingURL=(\S+)$/.exec(readFileSync(script, "utf8")) ?? [];
      const map = readFileSync(join(dirname(script), named), "utf8");
      const text = readFileSync(join(root, "provider", source), "utf8");
      assert.deepEqual((JSON.parse(map) as SourceMap).sourcesContent, [text]);
    }
  });

  it("has nothing that publint finds wrong", () => {
    execFileSync(bin("publint"), ["run", shared.packed.tarball, "--strict"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  });

  it("has types that are right for every way to import it", () => {
    // Node 20.19 is the oldest: how versions before 12 looked for a subpath does not matter.
    execFileSync(bin("attw"), [shared.packed.tarball, "--profile", "node16"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  });

  for (const [manager, command] of Object.entries(managers)) {
    describe(`installed with ${manager}`, () => {
      let project: InstalledProject;
      before(() => {
        project = shared.packed.install(manager, command, { "@pulumi/pulumi": pulumiVersion });
      });

      it("has the command", () => {
        const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
          version: string;
        };
        assert.equal(project.command("--version"), `${version}\n`);
        assert.match(project.command("rooms", "--help"), /--creator <user>/);
      });
      it("shows its own TypeScript where an error comes from", () => {
        const { file, line, shown } = project.uncaughtError();
        const text = readFileSync(join(root, "provider", file), "utf8").split("\n");
        assert.equal(shown, text[line - 1]);
      });
      it("works from TypeScript as CommonJS: types, preview, up, destroy", () =>
        project.shutsDown(shared.homeserver, commonJs));
      it("works from TypeScript as ESM: types, preview, up, destroy", () =>
        project.shutsDown(shared.homeserver, esm));
    });
  }
});
