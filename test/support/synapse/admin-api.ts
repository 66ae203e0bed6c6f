import { setTimeout as sleep } from "node:timers/promises";
import { expectOk, isUnrecognized, request, type Answer } from "./requests";
import type { SynapseProcess } from "./synapse-process";

/** What the tests ask of a homeserver, and do to it, as its admin. */
export class AdminApi {
  constructor(
    readonly url: string,
    readonly adminToken: string,
    readonly serverName: string,
    readonly process?: SynapseProcess,
  ) {}

  /** The process of a homeserver of our own. */
  get own(): SynapseProcess {
    if (this.process === undefined) throw new Error(`${this.url} is not a homeserver of our own`);
    return this.process;
  }

  /** Sends a request as the admin. */
  async admin(method: string, path: string, body?: object): Promise<Answer> {
    return request(this.url, this.adminToken, method, path, body);
  }

  /** The user id of the admin. */
  async adminUser(): Promise<string> {
    return expectOk(await this.admin("GET", "/_matrix/client/v3/account/whoami"))[
      "user_id"
    ] as string;
  }

  async setBlock(roomId: string, block: boolean): Promise<void> {
    expectOk(
      await this.admin("PUT", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/block`, {
        block,
      }),
    );
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
}
