import type * as pulumi from "@pulumi/pulumi";
import { cleanAtSignals } from "../homeserver/at-exit";
import { systemClock, type Clock } from "../homeserver/clock";
import { readConnection } from "../homeserver/connection";
import { Homeserver } from "../homeserver/homeserver";
import type { Host } from "../homeserver/host";
import { printable } from "../resource/words";
import { Engine, ownTies } from "./engine";
import { Siblings } from "./siblings";

/** One operation of the engine, such as an `up`, as its hooks see it. One process serves all resources of one operation. */
export interface Operation {
  /**
   * The homeserver that the configuration and the environment name.
   * @throws ConfigurationError
   */
  connect(): Homeserver;
  /** What its resources know of each other. */
  readonly siblings: Siblings;
  readonly clock: Clock;
  /** Writes a line about a room, where there is no homeserver to ask about it. */
  log(room: string, line: string): void;
}

const said = new Set<string>();

/** The process of the dynamic-provider host. It says no line twice: a replacement is reviewed twice, for example. */
const processHost: Host = {
  clock: systemClock,
  random: () => Math.random(),
  log: (room, line) => {
    const text = printable(`${room}: ${line}`);
    if (!said.has(text)) console.log(text);
    said.add(text);
  },
};

/** The engine that has launched this process. */
function engineOfHost(): Engine {
  cleanAtSignals(); // It ends its hosts by SIGINT.
  return new Engine(ownTies());
}

/** The operation that this process serves. */
export class HostOperation implements Operation {
  readonly siblings = new Siblings();
  readonly clock = processHost.clock;
  private engine: Engine | undefined;
  private config: pulumi.dynamic.Config | undefined;
  private homeserver: Homeserver | undefined;

  /** Keeps the configuration. The host does not wait for an asynchronous configure before it runs other hooks. */
  configure(config: pulumi.dynamic.Config): void {
    this.config = config;
    this.homeserver = undefined;
    this.engine ??= engineOfHost();
  }

  connect(): Homeserver {
    const connection = readConnection(this.config, process.env);
    // Nothing is sent for an engine that is gone, whatever waits for its turn, its repeat or its next page.
    const beforeAttempt = async () => this.engine?.assertLives();
    this.homeserver ??= Homeserver.at(processHost, { ...connection, beforeAttempt });
    return this.homeserver;
  }

  log(room: string, line: string): void {
    processHost.log(room, line);
  }
}
