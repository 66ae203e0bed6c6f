import type { SynapseAdminClient } from "./admin-client";
import { SynapseRequestError } from "./errors";
import type { ShutdownTask } from "./schemas";

/** Finds the shutdowns of a room, with the best way that the homeserver has. */
export class ShutdownTasks {
  private hasScheduledTasks = true;

  constructor(private readonly client: SynapseAdminClient) {}

  /**
   * The shutdowns of a room, oldest first: queued, running, and those that ended in the last seven days. Before 1.130 queued
   * ones (there are some since 1.121, for about 100 ms while less than five run) can't be seen, nor why one has failed.
   */
  async ofRoom(roomId: string): Promise<ShutdownTask[]> {
    if (this.hasScheduledTasks) {
      try {
        return await this.client.scheduledShutdowns(roomId);
      } catch (error) {
        if (!(error instanceof SynapseRequestError && error.isMissingRoute)) throw error;
        this.hasScheduledTasks = false;
      }
    }
    try {
      return await this.client.deleteStatusesOfRoom(roomId);
    } catch (error) {
      if (error instanceof SynapseRequestError && error.isNotFound) return [];
      throw error;
    }
  }

  /** Which room a shutdown is of. Undefined if the homeserver does not tell: the record has expired, or it is before 1.130. */
  async roomOf(deleteId: string): Promise<string | undefined> {
    try {
      const tasks = await this.client.scheduledShutdowns();
      return tasks.find((task) => task.deleteId === deleteId)?.roomId;
    } catch (error) {
      if (!(error instanceof SynapseRequestError && error.isMissingRoute)) throw error;
      return undefined;
    }
  }
}
