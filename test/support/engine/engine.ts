import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { SemVer } from "semver";
import { cached } from "../machine/cache";
import { say, slowly, type Report } from "../machine/progress";
import { run } from "../machine/run";

/** The engine that is fetched or built where there is no `pulumi` on PATH. */
export const engineVersion = "3.274.1";

/** Starts the dynamic-provider host. It ships with the SDK; the engine looks for it beside its own binary. */
const launcher = "pulumi-resource-pulumi-nodejs";

let found: Promise<PulumiCommand> | undefined;

/** Finds the real `pulumi`: on PATH, in the cache, by the official installer, or built from Go's module registry. */
export async function findEngine(): Promise<PulumiCommand> {
  found ??= locate();
  return found;
}

async function locate(): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get();
  } catch {
    const root = await cached(`pulumi-${engineVersion}`, install);
    return PulumiCommand.get({ root });
  }
}

async function install(root: string): Promise<void> {
  try {
    await slowly(`installing pulumi ${engineVersion} with the official installer`, () =>
      PulumiCommand.install({ root, version: new SemVer(engineVersion) }),
    );
  } catch (error) {
    say(
      `the official installer can't be used here (${firstLine(error)}): a build takes 3 to 6 minutes on two cores`,
    );
    await slowly(`building pulumi ${engineVersion} from Go's module registry`, (report) =>
      build(root, report),
    );
  }
}

async function build(root: string, report: Report): Promise<void> {
  const source = join(root, "source");
  mkdirSync(source, { recursive: true });
  const module = "github.com/pulumi/pulumi/pkg/v3";
  writeFileSync(
    join(source, "go.mod"),
    `module engine\n\ngo 1.24\n\nrequire ${module} v${engineVersion}\n`,
  );
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(
    join(dirname(require.resolve("@pulumi/pulumi/package.json")), launcher),
    join(bin, launcher),
  );

  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`;
  const program = `${module}/cmd/pulumi`;
  const packages = await download(source, program, report);
  let built = 0;
  const countPackage = () => {
    report(`${++built} of ${packages} packages built`);
  };
  await run(
    "go",
    ["build", "-v", "-mod=mod", "-ldflags", `-s -w ${version}`, "-o", join(bin, "pulumi"), program],
    { cwd: source, onLine: countPackage },
  );
}

/** Downloads the modules that a program needs. Gives the number of its packages. */
async function download(source: string, program: string, report: Report): Promise<number> {
  let [modules, packages] = [0, 0];
  const onLine = (line: string) => {
    if (line.startsWith("go: downloading ")) report(`${++modules} modules downloaded`);
    else if (!line.startsWith("go: ")) packages++;
  };
  await run("go", ["list", "-mod=mod", "-deps", program], { cwd: source, onLine });
  return packages;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "";
}
