import type { SynapseAdminClient } from "../synapse/admin-client";
import { ShutdownTasks } from "../synapse/shutdown-tasks";
import type { Host } from "./host";
import { ShutdownStarter } from "./start";

/** A homeserver, with what the hooks of one process share about it. */
export class Homeserver {
  readonly tasks: ShutdownTasks;
  readonly starter: ShutdownStarter;
  private name: Promise<string> | undefined;

  constructor(
    host: Host,
    readonly url: string,
    readonly client: SynapseAdminClient,
  ) {
    this.tasks = new ShutdownTasks(client);
    this.starter = new ShutdownStarter(host, this);
  }

  /** Name of the server, from the user id of the token's owner. Asked once. */
  async serverName(): Promise<string> {
    this.name ??= this.client.whoami().then(({ userId }) => userId.slice(userId.indexOf(":") + 1));
    try {
      return await this.name;
    } catch (error) {
      this.name = undefined;
      throw error;
    }
  }
}
