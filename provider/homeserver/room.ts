import { SynapseRequestError, unlessAbsent } from "../synapse/errors";
import type { SynapseAdminClient } from "../synapse/admin-client";
import type { DeleteRoomOptions, RoomDetails, ShutdownTask } from "../synapse/schemas";
import type { Host } from "./host";
import type { ShutdownTasks } from "./shutdown-tasks";

/** One room on one homeserver: all that is asked and done about it. */
export class Room {
  private seen: { readonly details: RoomDetails | undefined; readonly askedMs: number } | undefined;

  constructor(
    readonly id: string,
    private readonly client: SynapseAdminClient,
    private readonly tasks: ShutdownTasks,
    private readonly host: Host,
  ) {}

  /** Writes a line about the room on the stack's row. */
  log(line: string): void {
    this.host.log(this.id, line);
  }

  /** What the homeserver tells of it, or undefined if it does not have it. `maxAgeMs`: an answer that is not older will do. */
  async details(maxAgeMs = 0): Promise<RoomDetails | undefined> {
    const { seen } = this;
    const askedMs = this.host.clock.nowMs();
    if (seen !== undefined && maxAgeMs > 0 && askedMs - seen.askedMs <= maxAgeMs) {
      return seen.details;
    }
    const details = await unlessAbsent(this.client.roomDetails(this.id));
    this.seen = { details, askedMs };
    return details;
  }

  /** Who is, or was, in it: `join`, `invite`, `knock`, `leave` or `ban` by user id. */
  async memberships(): Promise<Map<string, string>> {
    return this.client.roomMemberships(this.id);
  }

  /** Whether joining it is refused. */
  async isBlocked(): Promise<boolean> {
    return this.client.isRoomBlocked(this.id);
  }

  /** Blocks or unblocks it. */
  async putBlock(block: boolean): Promise<void> {
    await this.client.setRoomBlock(this.id, block);
  }

  /** The same, and says so. */
  async setBlock(block: boolean): Promise<void> {
    await this.putBlock(block);
    this.log(block ? "blocked" : "no longer blocked");
  }

  /**
   * Quarantines the media of a room that is still there, and says how many there were. `otherwise`: what a failure means for
   * the shutdown.
   */
  async quarantineMedia(otherwise: string): Promise<number> {
    try {
      const { quarantinedMedia } = await this.client.quarantineMedia(this.id);
      this.log(`${quarantinedMedia} media quarantined`);
      return quarantinedMedia;
    } catch (error) {
      if (!(error instanceof SynapseRequestError)) throw error;
      const what = `The media of ${this.id} could not be quarantined.`;
      throw new Error(`${what} ${otherwise} ${error.message}`, { cause: error });
    }
  }

  /** Its shutdowns, oldest first: queued, running, and those that ended in the last seven days. */
  async shutdowns(): Promise<ShutdownTask[]> {
    return this.tasks.ofRoom(this.id);
  }

  /** The same without a request for each room, see {@link ShutdownTasks.known}. */
  async knownShutdowns(maxAgeMs: number): Promise<ShutdownTask[]> {
    return this.tasks.known(this.id, maxAgeMs);
  }

  /** Sends the v2 delete call. Gives the `delete_id`. */
  async startShutdown(options: DeleteRoomOptions): Promise<string> {
    return (await this.client.deleteRoom(this.id, options)).deleteId;
  }
}
