import type { SynapseAdminClient } from "../synapse/admin-client";
import { unlessAbsent } from "../synapse/errors";
import { serverOf } from "../synapse/ids";
import type { UserAccount } from "../synapse/schemas";
import type { Connection } from "./connection";
import type { Host } from "./host";
import { InFlight } from "./in-flight";
import { RecentAnswer } from "./recent-answer";
import { Room } from "./room";
import { ShutdownTasks } from "./shutdown-tasks";
import { TaskWatcher } from "./task-watcher";

/** The oldest Synapse that is supported: major and minor version. */
const oldestVersion = [1, 98] as const;

/** What of a connection a homeserver keeps to itself. */
type Policy = Pick<
  Connection,
  "homeserverUrl" | "protectedRooms" | "roomLookup" | "maxConcurrentShutdowns"
>;

/** A homeserver, with what the hooks of one process share about it. */
export class Homeserver {
  readonly tasks: ShutdownTasks;
  readonly watcher: TaskWatcher;
  readonly inFlight: InFlight;
  private readonly rooms = new Map<string, Room>();
  private readonly users = new Map<string, RecentAnswer<UserAccount | undefined>>();
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(
    readonly host: Host,
    private readonly client: SynapseAdminClient,
    private readonly policy: Policy,
  ) {
    this.tasks = new ShutdownTasks(client, host.clock);
    this.watcher = new TaskWatcher(client, this.tasks, host.clock);
    this.inFlight = new InFlight(policy.maxConcurrentShutdowns);
  }

  get url(): string {
    return this.policy.homeserverUrl;
  }

  get protectedRooms(): readonly string[] {
    return this.policy.protectedRooms;
  }

  get roomLookup(): "required" | "optional" {
    return this.policy.roomLookup;
  }

  /** A room of this homeserver, known to it or not. */
  room(roomId: string): Room {
    const known = this.rooms.get(roomId);
    if (known !== undefined) return known;
    const serverName = () => this.serverName();
    const room = new Room(roomId, this.client, this.tasks, this.host, serverName);
    this.rooms.set(roomId, room);
    return room;
  }

  /** The room that an alias points to, or undefined if it points nowhere. */
  async aliasTarget(roomAlias: string): Promise<string | undefined> {
    return (await unlessAbsent(this.client.resolveAlias(roomAlias)))?.roomId;
  }

  /** The account of a user of this homeserver, or undefined if there is none. `maxAgeMs`: an answer that is not older will do. */
  async user(userId: string, maxAgeMs = 0): Promise<UserAccount | undefined> {
    const account = this.users.get(userId) ?? new RecentAnswer(this.host.clock);
    this.users.set(userId, account);
    return account.get(maxAgeMs, () => unlessAbsent(this.client.user(userId)));
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
   * Makes sure that this is the homeserver of a resource that exists. The environment may name another one by now, or a
   * tunnel lead to it, and it would answer about other rooms.
   */
  async assertIs({ serverName, homeserverUrl, roomId }: ReviewedRoom): Promise<void> {
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

/** A room, and where it was reviewed. */
interface ReviewedRoom {
  readonly roomId: string;
  readonly serverName: string;
  readonly homeserverUrl: string;
}
