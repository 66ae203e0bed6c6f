import type * as pulumi from "@pulumi/pulumi";
import { SynapseAdminClient } from "../synapse/admin-client";
import { systemClock, type Clock } from "../homeserver/clock";
import { readConnection } from "../homeserver/connection";
import { Homeserver } from "../homeserver/homeserver";
import { Operation } from "./siblings";

/** What the hooks get from the process they run in. */
export interface Host {
  /**
   * The homeserver that the configuration and the environment name.
   * @throws ConfigurationError
   */
  connect(): Homeserver;
  readonly clock: Clock;
  readonly operation: Operation;
  /** From 0 to 1. */
  random(): number;
  /** Writes a line on the stack's row. Hooks don't know the resource's name, so it begins with the room. */
  log(roomId: string, line: string): void;
}

/** The dynamic-provider host's process. One serves all resources of one operation. */
export class HostProcess implements Host {
  readonly clock = systemClock;
  readonly operation = new Operation();
  private config: pulumi.dynamic.Config | undefined;
  private homeserver: Homeserver | undefined;

  /** Keeps the configuration. The host does not wait for an asynchronous configure before it runs other hooks. */
  configure(config: pulumi.dynamic.Config): void {
    this.config = config;
    this.homeserver = undefined;
  }

  connect(): Homeserver {
    const connection = readConnection(this.config, process.env);
    this.homeserver ??= new Homeserver(this, new SynapseAdminClient(connection), connection);
    return this.homeserver;
  }

  random(): number {
    return Math.random();
  }

  log(roomId: string, line: string): void {
    console.log(`${roomId}: ${line}`);
  }
}
