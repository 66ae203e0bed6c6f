import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startSynapse, type SynapseOptions, type SynapseProcess } from "./synapse-process";

/** A user of the homeserver under test. */
export interface TestUser {
  readonly userId: string;
  readonly accessToken: string;
}

/** A room of the homeserver under test. */
export interface TestRoom {
  readonly roomId: string;
  readonly creator: TestUser;
  /** All who have joined, the creator first. */
  readonly members: TestUser[];
}

/** A room whose shutdown waits at its last member until the test lets it go. */
export interface HeldRoom extends TestRoom {
  readonly letGo: () => void;
}

/** How a room is made: the number of members, who makes it, and what `createRoom` of the client API wants to know. */
interface RoomSettings {
  readonly members?: number;
  readonly creator?: TestUser;
  readonly name?: string;
  readonly room_version?: string;
}

/** An answer of the homeserver. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * The homeserver under test: a Synapse of our own, or the one of `SYNAPSE_HOMESERVER_URL` and a token. It is asked with
 * plain fetch, so that the tests do not believe the client that they test.
 */
export class TestHomeserver {
  private constructor(
    readonly url: string,
    readonly adminToken: string,
    readonly serverName: string,
    readonly process?: SynapseProcess,
  ) {}

  /** Connects to the homeserver of the environment, or starts one. */
  static async start(): Promise<TestHomeserver> {
    const url = process.env["SYNAPSE_HOMESERVER_URL"]?.replace(/\/+$/, "");
    const token = tokenOfEnvironment();
    if (url !== undefined && url !== "" && token !== undefined)
      return TestHomeserver.connect(url, token);
    return TestHomeserver.startOwn();
  }

  /** Starts a Synapse of our own, with an admin. */
  static async startOwn(options: SynapseOptions = {}): Promise<TestHomeserver> {
    const synapse = await startSynapse(options);
    return TestHomeserver.connect(synapse.url, await synapse.registerAdmin("admin"), synapse);
  }

  private static async connect(
    url: string,
    adminToken: string,
    synapse?: SynapseProcess,
  ): Promise<TestHomeserver> {
    const { status, body } = await request(
      url,
      adminToken,
      "GET",
      "/_matrix/client/v3/account/whoami",
    );
    if (status !== 200)
      throw new Error(`${url} does not accept the admin token: ${JSON.stringify(body)}`);
    const userId = body["user_id"] as string;
    return new TestHomeserver(url, adminToken, userId.slice(userId.indexOf(":") + 1), synapse);
  }

  /** The process of a homeserver of our own. */
  get own(): SynapseProcess {
    if (this.process === undefined) throw new Error(`${this.url} is not a homeserver of our own`);
    return this.process;
  }

  /** Sends a request as the admin. */
  async admin(method: string, path: string, body?: object): Promise<Answer> {
    return request(this.url, this.adminToken, method, path, body);
  }

  /** Sends a request as a user. */
  async as(user: TestUser, method: string, path: string, body?: object): Promise<Answer> {
    return request(this.url, user.accessToken, method, path, body);
  }

  /** Makes a user. On a homeserver of our own, some can't leave a room, see synapse_users.py. */
  async createUser(prefix: "user" | "unremovable" = "user"): Promise<TestUser> {
    const userId = `@${prefix}-${randomBytes(6).toString("hex")}:${this.serverName}`;
    const id = encodeURIComponent(userId);
    expectOk(
      await this.admin("PUT", `/_synapse/admin/v2/users/${id}`, { displayname: "Test user" }),
    );
    const login = expectOk(await this.admin("POST", `/_synapse/admin/v1/users/${id}/login`, {}));
    return { userId, accessToken: login["access_token"] as string };
  }

  /** Makes a public room with this many members, and more settings of `createRoom` of the client API. */
  async createRoom({ members = 1, creator: given, ...settings }: RoomSettings = {}) {
    const creator = given ?? (await this.createUser());
    const others = await Promise.all(Array.from({ length: members - 1 }, () => this.createUser()));
    const created = expectOk(
      await this.as(creator, "POST", "/_matrix/client/v3/createRoom", {
        preset: "public_chat",
        ...settings,
      }),
    );
    const roomId = created["room_id"] as string;
    for (const user of others) expectOk(await this.join(user, roomId));
    return { roomId, creator, members: [creator, ...others] } satisfies TestRoom;
  }

  /** Makes a room whose shutdown goes on until the test ends it, or has ended itself. On a homeserver of our own. */
  async createHeldRoom(settings: RoomSettings = {}): Promise<HeldRoom> {
    const room = await this.createRoom({ members: 3, ...settings });
    const last = room.members.at(-1) ?? room.creator;
    return { ...room, letGo: this.own.hold(last.userId) };
  }

  /** Joins a user to a room, over another homeserver if this one is not in it. */
  async join(user: TestUser, roomId: string, via?: TestHomeserver): Promise<Answer> {
    const query = via === undefined ? "" : `?server_name=${encodeURIComponent(via.serverName)}`;
    return this.as(
      user,
      "POST",
      `/_matrix/client/v3/join/${encodeURIComponent(roomId)}${query}`,
      {},
    );
  }

  async leave(user: TestUser, roomId: string): Promise<Answer> {
    return this.as(
      user,
      "POST",
      `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`,
      {},
    );
  }

  async setBlock(roomId: string, block: boolean): Promise<void> {
    expectOk(
      await this.admin("PUT", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/block`, {
        block,
      }),
    );
  }

  async setState({ roomId, creator }: TestRoom, type: string, content: object): Promise<Answer> {
    return this.as(
      creator,
      "PUT",
      `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${type}`,
      content,
    );
  }

  async setAlias({ roomId, creator }: TestRoom, roomAlias: string): Promise<Answer> {
    const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`;
    return this.as(creator, "PUT", path, { room_id: roomId });
  }

  async removeAlias(roomAlias: string): Promise<Answer> {
    return this.admin(
      "DELETE",
      `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`,
    );
  }

  /** Uploads a file of its own (Synapse quarantines by content) and sends it to the room. Gives what `canDownload` wants. */
  async sendMedia({ roomId, creator }: TestRoom): Promise<string> {
    const uploaded = expectOk(
      await this.as(creator, "POST", "/_matrix/media/v3/upload?filename=a.json", {
        a: randomBytes(6).toString("hex"),
      }),
    );
    const url = uploaded["content_uri"] as string;
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${randomBytes(6).toString("hex")}`;
    expectOk(await this.as(creator, "PUT", path, { msgtype: "m.file", body: "a.json", url }));
    return url;
  }

  async canDownload(user: TestUser, url: string): Promise<boolean> {
    const download = (path: string) => this.as(user, "GET", url.replace("mxc://", path));
    const answer = await download("/_matrix/client/v1/media/download/");
    // Before 1.107.
    return (
      (isUnrecognized(answer) ? await download("/_matrix/media/v3/download/") : answer).status ===
      200
    );
  }

  /** Rooms that the user has joined. */
  async joinedRooms(user: TestUser): Promise<string[]> {
    return expectOk(await this.as(user, "GET", "/_matrix/client/v3/joined_rooms"))[
      "joined_rooms"
    ] as string[];
  }

  /** The room as the admin API tells it: 404 once it is purged. */
  async roomDetails(roomId: string): Promise<Answer> {
    return this.admin("GET", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`);
  }

  /** The room's state events. */
  async roomState(roomId: string): Promise<Answer> {
    return this.admin("GET", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/state`);
  }

  async isBlocked(roomId: string): Promise<boolean> {
    return expectOk(
      await this.admin("GET", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/block`),
    )["block"] as boolean;
  }

  /** Starts a shutdown as somebody with curl would. Gives its `delete_id`. */
  async shutDown(roomId: string, options: object): Promise<string> {
    const path = `/_synapse/admin/v2/rooms/${encodeURIComponent(roomId)}`;
    return expectOk(await this.admin("DELETE", path, options))["delete_id"] as string;
  }

  /** Waits until no shutdown of the room goes on. */
  async shutdownsEnd(roomId: string): Promise<void> {
    const isRunning = ({ status }: Record<string, unknown>) =>
      status === "scheduled" || status === "active";
    while ((await this.shutdownTasks(roomId)).some(isRunning)) await sleep(50);
  }

  /** A token of another server admin. */
  async createAdminToken(): Promise<string> {
    const { userId, accessToken } = await this.createUser();
    expectOk(
      await this.admin("PUT", `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`, {
        admin: true,
      }),
    );
    return accessToken;
  }

  /** Makes a token invalid. */
  async revoke(accessToken: string): Promise<void> {
    expectOk(await request(this.url, accessToken, "POST", "/_matrix/client/v3/logout", {}));
  }

  /** Whether it tells of all tasks, and with them why one has failed: since 1.130. */
  async listsTasks(): Promise<boolean> {
    return !isUnrecognized(
      await this.admin("GET", "/_synapse/admin/v1/scheduled_tasks?max_timestamp=0"),
    );
  }

  /** How the provider explains a task that failed: with the homeserver's own words, where it tells them. */
  async explained(words: RegExp): Promise<RegExp> {
    const told = (await this.listsTasks())
      ? `The homeserver says: .*${words.source}`
      : "The homeserver does not say why";
    return new RegExp(told);
  }

  /** The room version that it gives to new rooms. */
  async defaultRoomVersion(): Promise<string> {
    return (await this.roomVersions()).default;
  }

  async knowsRoomVersion(version: string): Promise<boolean> {
    return version in (await this.roomVersions()).available;
  }

  private async roomVersions(): Promise<{ default: string; available: Record<string, string> }> {
    const { capabilities } = expectOk(
      await this.admin("GET", "/_matrix/client/v3/capabilities"),
    ) as {
      capabilities: { "m.room_versions": { default: string; available: Record<string, string> } };
    };
    return capabilities["m.room_versions"];
  }

  /** All shutdown tasks of a room, queued ones too. */
  async shutdownTasks(roomId: string): Promise<Record<string, unknown>[]> {
    const query = new URLSearchParams({
      action_name: "shutdown_and_purge_room",
      resource_id: roomId,
    });
    const answer = await this.admin(
      "GET",
      `/_synapse/admin/v1/scheduled_tasks?${query.toString()}`,
    );
    if (isUnrecognized(answer) && this.process) return this.process.storedTasks(roomId);
    return expectOk(answer)["scheduled_tasks"] as Record<string, unknown>[];
  }

  /** Stops the server if it is ours. */
  async stop(): Promise<void> {
    await this.process?.remove();
  }
}

/** Whether it is the answer of a homeserver that is too old to know the path. */
function isUnrecognized({ body }: Answer): boolean {
  return body["errcode"] === "M_UNRECOGNIZED";
}

/** The body of an answer that has to be a success. */
export function expectOk({ status, body }: Answer): Record<string, unknown> {
  if (status >= 300) throw new Error(`the homeserver answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

function tokenOfEnvironment(): string | undefined {
  const file = process.env["SYNAPSE_ACCESS_TOKEN_FILE"];
  const token = process.env["SYNAPSE_ACCESS_TOKEN"] || (file ? readFileSync(file, "utf8") : "");
  return token.trim() || undefined;
}

async function request(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
