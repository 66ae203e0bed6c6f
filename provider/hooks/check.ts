import type * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "./connection";
import type { Host } from "./host";
import { resolveInputs, type Fault } from "./inputs";

/**
 * Validates what the program declared and fills in the defaults, in preview and in up. Faults of the inputs and of the
 * connection come back as failures, all at once; nothing is thrown and no request is sent.
 */
export function check(
  host: Host,
  { __provider, ...declared }: Record<string, unknown>,
): pulumi.dynamic.CheckResult<Record<string, unknown>> {
  const { inputs, faults } = resolveInputs(declared);
  const failures = [...faults, ...connectionFaults(host)];
  return { inputs, ...(failures.length > 0 ? { failures } : {}) };
}

function connectionFaults(host: Host): Fault[] {
  try {
    host.connect();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.reasons.map((reason) => ({ property: "", reason }));
  }
}
