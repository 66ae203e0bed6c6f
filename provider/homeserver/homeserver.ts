import { SynapseAdminClient } from "../synapse/admin-client";
import { unlessAbsent } from "../synapse/errors";
import { serverOf } from "../synapse/ids";
import { impatiently } from "../synapse/impatience";
import type { RoomListQuery, RoomPage } from "../synapse/room-list";
import type { UserAccount } from "../synapse/schemas";
import type { Connection } from "./connection";
import type { Host } from "./host";
import { InFlight } from "./in-flight";
import { RecentAnswer } from "./recent-answer";
import { Room } from "./room";
import { ShutdownTasks } from "./shutdown-tasks";
import { TaskWatcher } from "./task-watcher";

/** A major and a minor version of Synapse. */
type Version = readonly [major: number, minor: number];

/** The oldest that is supported. */
const oldestVersion: Version = [1, 98];

const pointsNowhere =
  "warning: is in synapse:protectedRooms and points to no room: check it, or put the room's id there";

/** The first whose shutdown can block the room where its tasks run on a worker. */
const blocksOnWorkers: Version = [1, 124];

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
  private readonly protectedTargets = new Map<string, RecentAnswer<string | undefined>>();
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

  /** The homeserver that a connection leads to. */
  static at(host: Host, connection: Connection): Homeserver {
    const onSilence = (line: string) => {
      host.log(connection.homeserverUrl, line);
    };
    return new Homeserver(host, new SynapseAdminClient({ ...connection, onSilence }), connection);
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

  /** A part of its list of rooms, see {@link SynapseAdminClient.listRooms}. */
  async listRooms(query: RoomListQuery): Promise<RoomPage> {
    return this.client.listRooms(query);
  }

  /** The rooms that a user has joined, or undefined if there is no such user of this homeserver. */
  async joinedRooms(userId: string): Promise<string[] | undefined> {
    const account = await this.user(userId, Infinity);
    return account && this.client.joinedRooms(userId);
  }

  /** The room that an alias points to, or undefined if it points nowhere. */
  async aliasTarget(roomAlias: string): Promise<string | undefined> {
    return (await unlessAbsent(this.client.resolveAlias(roomAlias)))?.roomId;
  }

  /**
   * The same for the alias of a protected room, to which each room is compared. Of one that points nowhere this is said, once.
   * `maxAgeMs`: an answer that is not older will do.
   */
  async protectedTarget(roomAlias: string, maxAgeMs: number): Promise<string | undefined> {
    const known = this.protectedTargets.get(roomAlias);
    const answer = known ?? new RecentAnswer(this.host.clock);
    this.protectedTargets.set(roomAlias, answer);
    const target = await answer.get(maxAgeMs, () => this.aliasTarget(roomAlias));
    if (known === undefined && target === undefined) this.host.log(roomAlias, pointsNowhere);
    return target;
  }

  /** The account of a user of this homeserver, or undefined if there is none. `maxAgeMs`: an answer that is not older will do. */
  async user(userId: string, maxAgeMs = 0): Promise<UserAccount | undefined> {
    const account = this.users.get(userId) ?? new RecentAnswer(this.host.clock);
    this.users.set(userId, account);
    return account.get(maxAgeMs, () => unlessAbsent(this.client.user(userId)));
  }

  /** Why this homeserver can't be used: its version, if it is too old. */
  async versionFault(): Promise<string | undefined> {
    if (!(await this.isBefore(oldestVersion))) return undefined;
    return (
      `${this.url} runs Synapse ${await this.version()}, but ${oldestVersion.join(".")} is the oldest that this provider supports: ` +
      "update the homeserver."
    );
  }

  /**
   * Whether a shutdown that is to block the room can fail for that, and the block has to be set before it: on a worker, where
   * the tasks of a large homeserver run, these versions can't set it.
   */
  async wantsBlockFirst(): Promise<boolean> {
    return this.isBefore(blocksOnWorkers);
  }

  /** A fork that counts in its own way is not before any. What can list tasks is of 1.130 or newer, without being asked. */
  private async isBefore([wantedMajor, wantedMinor]: Version): Promise<boolean> {
    if (await this.tasks.canBeListed()) return false;
    const [major, minor] =
      /^(\d+)\.(\d+)/
        .exec(await this.version())
        ?.slice(1)
        .map(Number) ?? [];
    if (major === undefined || minor === undefined) return false;
    return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  }

  private async version(): Promise<string> {
    const { serverVersion } = await this.askOnce("version", () => this.client.serverVersion());
    return serverVersion;
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

  /** Whose token it is. Asked once. Often the first request of all, so that a wrong URL shows here. */
  async admin(): Promise<string> {
    const ask = () => impatiently(() => this.client.whoami());
    return (await this.askOnce("whoami", ask)).userId;
  }

  /** Name of the server, from the user id of the token's owner. */
  async serverName(): Promise<string> {
    return serverOf(await this.admin());
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
