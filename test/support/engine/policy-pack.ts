import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * A policy pack as the engine here can start it. An installed one brings the language plugin that starts the folder; where there
 * is none, the engine takes a file that it can run, which starts the same program of the SDK.
 */
export function startable(pack: string, folder: string): string {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  if (path.some((one) => existsSync(join(one, "pulumi-language-nodejs")))) return pack;
  const file = join(folder, "policy-pack");
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  writeFileSync(file, `#!/bin/sh\ncd "${pack}" && exec node "${runner}" "$1" .\n`, { mode: 0o755 });
  return file;
}

/** A policy pack that remediates: it lays these values over the inputs of each shutdown. `folder`: a stack's. */
export function remediation(folder: string, values: object): string {
  const pack = join(folder, "remediation");
  mkdirSync(pack, { recursive: true });
  writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\n");
  writeFileSync(join(pack, "package.json"), '{ "version": "1.0.0", "main": "index.js" }');
  const program = `
    const { PolicyPack } = require("@pulumi/policy");
    const values = ${JSON.stringify(values)};
    const remediateResource = ({ type, props }) =>
      type.includes("SynapseRoomShutdown") ? { ...props, ...values } : undefined;
    const policy = { name: "remedy", description: "A remedy.", enforcementLevel: "remediate", remediateResource };
    new PolicyPack("remediation", { policies: [policy] });`;
  writeFileSync(join(pack, "index.js"), program);
  return startable(pack, folder);
}
