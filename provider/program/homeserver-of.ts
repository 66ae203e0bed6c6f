import * as pulumi from "@pulumi/pulumi";
import { baseUrl } from "./base-url";
import { SynapseProvider } from "./synapse-provider";

/** Where a resource is, as far as the program can tell: the URL of a homeserver, or a provider that tells none. */
export type Place = pulumi.Input<string> | pulumi.ProviderResource;

/** Where a resource with these options is: a provider of its own or of its parents, else the stack's homeserver. */
export function homeserverOf(type: string, opts: pulumi.CustomResourceOptions): Place {
  const provider = opts.provider ?? opts.parent?.getProvider(type);
  if (provider === undefined) return baseUrl(stackUrl());
  const isOurs = SynapseProvider.isInstance(provider);
  // Another copy of this package may not have it.
  const url = isOurs ? (provider.homeserverUrl as pulumi.Input<string> | undefined) : undefined;
  return typeof url === "string" ? baseUrl(url) : (url ?? provider);
}

/** Empty where nothing is configured, which the hooks refuse. */
function stackUrl(): string {
  const { SYNAPSE_HOMESERVER_URL: fromEnv = "" } = process.env;
  return fromEnv === "" ? (pulumi.runtime.allConfig()["synapse:homeserverUrl"] ?? "") : fromEnv;
}

/** Whether a value is still to come. */
export function isToCome(value: unknown): value is pulumi.Output<unknown> | Promise<unknown> {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
