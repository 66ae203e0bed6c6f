import { Semaphore } from "async-mutex";
import type { SynapseAdminClient } from "../synapse/admin-client";
import { SynapseRequestError } from "../synapse/errors";
import type { RoomDetails } from "../synapse/schemas";
import { ShutdownTasks } from "./shutdown-tasks";
import { TaskWatcher } from "./task-watcher";
import type { Connection } from "./connection";
import { serverOf } from "../review/guards";
import type { Reviewed } from "../resource/arguments";
import type { Host } from "../hooks/operation";
import { ShutdownStarter } from "../shutdown/take-over-or-start";

/** The oldest Synapse that is supported: major and minor version. */
const oldestVersion = [1, 98] as const;

/** A homeserver, with what the hooks of one process share about it. */
export class Homeserver {
  readonly tasks: ShutdownTasks;
  readonly watcher: TaskWatcher;
  readonly starter: ShutdownStarter;
  /** A shutdown holds one of these from its start to its end. */
  readonly slots: Semaphore;
  private readonly seen = new Map<
    string,
    { readonly room: RoomDetails | undefined; readonly askedMs: number }
  >();
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(
    private readonly host: Host,
    readonly client: SynapseAdminClient,
    private readonly connection: Pick<
      Connection,
      "homeserverUrl" | "protectedRooms" | "roomLookup" | "maxConcurrentShutdowns"
    >,
  ) {
    this.tasks = new ShutdownTasks(client, host.clock);
    this.watcher = new TaskWatcher(client, this.tasks, host.clock);
    this.starter = new ShutdownStarter(host, this);
    this.slots = new Semaphore(connection.maxConcurrentShutdowns);
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

  /** Why this homeserver can't be used: its version, if it is too old. Asked once. */
  async versionFault(): Promise<string | undefined> {
    const { serverVersion } = await this.askOnce("version", () => this.client.serverVersion());
    const [major, minor] = /^(\d+)\.(\d+)/.exec(serverVersion)?.slice(1).map(Number) ?? [];
    if (major === undefined || minor === undefined) return undefined; // A fork may count in its own way.
    const [oldestMajor, oldestMinor] = oldestVersion;
    if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
    return (
      `${this.url} runs Synapse ${serverVersion}, but ${oldestMajor}.${oldestMinor} is the oldest that this provider supports: ` +
      "update the homeserver."
    );
  }

  /**
   * The details of a room, or undefined if the homeserver does not have it. Every other failure is thrown. `maxAgeMs`: an
   * answer that is not older will do.
   */
  async room(roomId: string, maxAgeMs = 0): Promise<RoomDetails | undefined> {
    const before = this.seen.get(roomId);
    const askedMs = this.host.clock.nowMs();
    if (before !== undefined && maxAgeMs > 0 && askedMs - before.askedMs <= maxAgeMs)
      return before.room;
    const room = await this.findRoom(roomId);
    this.seen.set(roomId, { room, askedMs });
    return room;
  }

  private async findRoom(roomId: string): Promise<RoomDetails | undefined> {
    try {
      return await this.client.roomDetails(roomId);
    } catch (error) {
      if (error instanceof SynapseRequestError && error.isNotFound) return undefined;
      throw error;
    }
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
    const { userId } = await this.askOnce("whoami", () => this.client.whoami());
    return serverOf(userId);
  }

  private async askOnce<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const answer = this.answers.get(what) ?? ask();
    this.answers.set(what, answer);
    try {
      return (await answer) as T;
    } catch (error) {
      this.answers.delete(what);
      throw error;
    }
  }
}
