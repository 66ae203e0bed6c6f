import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
  yarn: [bin("yarn"), "install", "--non-interactive", "--ignore-scripts", "--no-lockfile"],
};

describe("the package", () => {
  const shared = packedWithHomeserver();

  it("has no file that users don't need", () => {
    const others = shared.packed.files.filter(
      (path) => !/^dist\/[a-z/-]+\.(js|js\.map|d\.ts)$/.test(path),
    );
    assert.deepEqual(others, ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/provider.js",
      "dist/hooks/lifecycle.js",
    ]) {
      assert.ok(shared.packed.files.includes(path), path);
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
      it("works from TypeScript as CommonJS: types, preview, up, destroy", () =>
        project.shutsDown(shared.homeserver, commonJs));
      it("works from TypeScript as ESM: types, preview, up, destroy", () =>
        project.shutsDown(shared.homeserver, esm));
    });
  }
});
