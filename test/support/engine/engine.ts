import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { SemVer } from "semver";
import { cached } from "../machine/cache";
import { say, slowly } from "../machine/progress";
import { run } from "../machine/run";

/** The engine that is fetched or built where there is no `pulumi` on PATH. */
export const engineVersion = "3.274.1";

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
    say(`the official installer can't be used here (${firstLine(error)})`);
    await slowly(
      `building pulumi ${engineVersion} from Go's module registry, 3 to 6 minutes on two cores`,
      () => build(root),
    );
  }
}

async function build(root: string): Promise<void> {
  const source = join(root, "source");
  mkdirSync(source, { recursive: true });
  const module = "github.com/pulumi/pulumi/pkg/v3";
  writeFileSync(
    join(source, "go.mod"),
    `module engine\n\ngo 1.24\n\nrequire ${module} v${engineVersion}\n`,
  );
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`;
  const output = join(root, "bin", "pulumi");
  // The launcher of the dynamic-provider host ships with the SDK; the engine looks for it beside its own binary.
  const launcher = "pulumi-resource-pulumi-nodejs";
  mkdirSync(dirname(output), { recursive: true });
  copyFileSync(
    join(dirname(require.resolve("@pulumi/pulumi/package.json")), launcher),
    join(dirname(output), launcher),
  );
  await run(
    "go",
    ["build", "-mod=mod", "-ldflags", `-s -w ${version}`, "-o", output, `${module}/cmd/pulumi`],
    {
      cwd: source,
    },
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "";
}
