import type { SynapseAdminClient } from "../synapse/admin-client";
import { ShutdownTasks } from "../synapse/shutdown-tasks";
import type { Connection } from "./connection";
import { serverOf } from "./guards";
import type { Reviewed } from "./inputs";
import type { Host } from "./host";
import { ShutdownStarter } from "./start";

/** A homeserver, with what the hooks of one process share about it. */
export class Homeserver {
  readonly tasks: ShutdownTasks;
  readonly starter: ShutdownStarter;
  private name: Promise<string> | undefined;

  constructor(
    host: Host,
    readonly client: SynapseAdminClient,
    private readonly connection: Pick<Connection, "homeserverUrl" | "protectedRooms" | "roomLookup">,
  ) {
    this.tasks = new ShutdownTasks(client);
    this.starter = new ShutdownStarter(host, this);
  }

  get url(): string {
    return this.connection.homeserverUrl;
  }

  get protectedRooms(): readonly string[] {
    return this.connection.protectedRooms;
  }

  get roomLookup(): "required" | "optional" {
    return this.connection.roomLookup;
  }

  /**
   * Makes sure that this is the homeserver of a resource that exists. The environment may name another one by now, or a
   * tunnel lead to it, and it would answer about other rooms.
   */
  async assertIs({ serverName, homeserverUrl, roomId }: Reviewed): Promise<void> {
    const actual = await this.serverName();
    if (actual === serverName) return;
    throw new Error(
      `${roomId} was reviewed on the homeserver ${serverName} (${homeserverUrl}), but ${this.url} is ${actual}. Nothing was done. ` +
        `Set the URL and the token of ${serverName}.`,
    );
  }

  /** Name of the server, from the user id of the token's owner. Asked once. */
  async serverName(): Promise<string> {
    this.name ??= this.client.whoami().then(({ userId }) => serverOf(userId));
    try {
      return await this.name;
    } catch (error) {
      this.name = undefined;
      throw error;
    }
  }
}
