import { join } from "node:path";
import { cached } from "../machine/cache";
import { ensureDebian } from "../machine/debian";
import { installFromPyPi } from "../machine/python";

export const newestSynapse = "1.163.2";

/** The Synapse that the tests run against: the newest, unless `TEST_SYNAPSE_VERSION` names another one. */
export const synapseVersion = process.env["TEST_SYNAPSE_VERSION"] || newestSynapse;

/** What older versions of Synapse need, though their own requirements don't say so. */
const olderPackages = ["prometheus-client<0.21", "requests"];

/** Set by `npm run test:compat`: every homeserver has PostgreSQL, Redis and a worker for its background tasks. */
export const hasWorkers = process.env["TEST_SYNAPSE_WORKERS"] === "1";

/** The Python that has this Synapse, installed where the cache has none. */
export async function findSynapse(version = synapseVersion): Promise<string> {
  const name = hasWorkers ? `synapse-${version}-workers` : `synapse-${version}`;
  return join(await cached(name, (folder) => install(folder, version)), "bin", "python");
}

async function install(folder: string, version: string): Promise<void> {
  const extras = hasWorkers ? "[postgres,redis]" : "";
  const older = hasWorkers ? [...olderPackages, "txredisapi<1.6"] : olderPackages;
  if (hasWorkers) await ensureDebian("/usr/include/postgresql", "libpq-dev"); // PyPI has the driver as source.
  await installFromPyPi(folder, [
    `matrix-synapse${extras}==${version}`,
    ...(version === newestSynapse ? [] : older),
  ]);
}
