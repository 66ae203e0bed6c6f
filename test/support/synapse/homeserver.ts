import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AdminApi } from "./admin-api";
import { expectOk, isUnrecognized, request, type Answer } from "./requests";
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
  readonly creation_content?: object;
  readonly visibility?: "public";
}

/**
 * The homeserver under test: a Synapse of our own, or the one of `SYNAPSE_HOMESERVER_URL` and a token. With the users
 * and rooms of the tests.
 */
export class TestHomeserver extends AdminApi {
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
    return { ...room, letGo: this.hold(room.members.at(-1) ?? room.creator) };
  }

  /** Holds a user in all rooms, and with that every shutdown that comes to this user. Gives what lets the user go. */
  hold({ userId }: TestUser): () => void {
    return this.own.hold(userId);
  }

  /** Makes a module of the homeserver refuse to shut a room down. On a homeserver of our own. */
  forbidShutdown({ roomId }: TestRoom): void {
    this.own.hold(roomId);
  }

  /** Waits until the homeserver's statistics of a room, which lag behind, have counted all of its members. */
  async countsMembers({ roomId, members }: TestRoom): Promise<void> {
    const counted = async () => (await this.roomDetails(roomId)).body["joined_members"];
    while ((await counted()) !== members.length) await sleep(20);
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

  async setState({ roomId, creator }: TestRoom, type: string, content: object): Promise<Answer> {
    return this.as(
      creator,
      "PUT",
      `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${type}`,
      content,
    );
  }

  /** An alias that no room has so far. */
  newAlias(): string {
    return `#room-${randomBytes(6).toString("hex")}:${this.serverName}`;
  }

  async setAlias({ roomId, creator }: TestRoom, roomAlias: string): Promise<void> {
    const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`;
    expectOk(await this.as(creator, "PUT", path, { room_id: roomId }));
  }

  async removeAlias(roomAlias: string): Promise<void> {
    const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`;
    expectOk(await this.admin("DELETE", path));
  }

  /** Uploads a file of its own (Synapse quarantines by content) and sends it to the room. Gives what `canDownload` wants. */
  async sendMedia(room: TestRoom): Promise<string> {
    const uploaded = expectOk(
      await this.as(room.creator, "POST", "/_matrix/media/v3/upload?filename=a.json", {
        a: randomBytes(6).toString("hex"),
      }),
    );
    const url = uploaded["content_uri"] as string;
    await this.sendMessage(room, { msgtype: "m.file", body: "a.json", url });
    return url;
  }

  /** Sends a message to a room in the name of its creator. Gives its event id. */
  async sendMessage({ roomId, creator }: TestRoom, content: object): Promise<string> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${randomBytes(6).toString("hex")}`;
    return expectOk(await this.as(creator, "PUT", path, content))["event_id"] as string;
  }

  /** Removes the content of an event. */
  async redact({ roomId, creator }: TestRoom, eventId: string): Promise<void> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(eventId)}/${randomBytes(6).toString("hex")}`;
    expectOk(await this.as(creator, "PUT", path, {}));
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

  /** Stops the server if it is ours. */
  async stop(): Promise<void> {
    await this.process?.remove();
  }
}

function tokenOfEnvironment(): string | undefined {
  const file = process.env["SYNAPSE_ACCESS_TOKEN_FILE"];
  const token = process.env["SYNAPSE_ACCESS_TOKEN"] || (file ? readFileSync(file, "utf8") : "");
  return token.trim() || undefined;
}
