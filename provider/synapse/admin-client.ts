import { z } from "zod";
import { aboutRoom } from "./about-room";
import { at } from "./endpoint";
import { SynapseHttp, type RequestLimits, type SynapseHttpOptions } from "./http";
import { joinedRoomsRequest, listRequest, type RoomListQuery, type RoomPage } from "./room-list";
import { scheduledTasksRequest, type WantedTasks } from "./scheduled-tasks";
import {
  deleteRoomRequestSchema,
  deleteRoomResponseSchema,
  deleteStatusSchema,
  deleteStatusesSchema,
  quarantinedMediaSchema,
  roomAliasSchema,
  roomBlockSchema,
  roomDetailsSchema,
  roomMembersSchema,
  roomMessagesSchema,
  roomStateSchema,
  serverVersionSchema,
  userSchema,
  whoamiSchema,
  type DeleteRoomOptions,
  type DeleteStatus,
  type RoomBlock,
  type RoomDetails,
  type ShutdownTask,
  type StateEvent,
  type UserAccount,
} from "./schemas";
import { historyPageSchema, stateTextSchema, type EventText, type HistoryPage } from "./verbatim";

/**
 * The admin API of one Synapse homeserver: one method per endpoint, no policy. A request that fails is a
 * `SynapseRequestError`. https://element-hq.github.io/synapse/latest/admin_api/rooms.html
 */
export class SynapseAdminClient {
  private readonly http: SynapseHttp;

  constructor(options: SynapseHttpOptions) {
    this.http = new SynapseHttp(options);
  }

  /** Whose token this is. */
  async whoami(): Promise<{ userId: string }> {
    return this.http.send({
      method: "GET",
      path: "/_matrix/client/v3/account/whoami",
      schema: whoamiSchema,
    });
  }

  /** Which Synapse it is, such as `1.163.2`. */
  async serverVersion(): Promise<{ serverVersion: string }> {
    return this.http.send({
      method: "GET",
      path: "/_synapse/admin/v1/server_version",
      schema: serverVersionSchema,
    });
  }

  /** Which room an alias points to now. 404 M_NOT_FOUND: none. An alias of another server is asked there. */
  async resolveAlias(roomAlias: string): Promise<{ roomId: string }> {
    return this.http.send({
      method: "GET",
      ...at("/_matrix/client/v3/directory/room/", roomAlias),
      schema: roomAliasSchema,
    });
  }

  /** A part of the list of rooms. A room of which there are no statistics is not in it. */
  async listRooms(query: RoomListQuery): Promise<RoomPage> {
    return this.http.send(listRequest(query));
  }

  /** The rooms that a user of this homeserver has joined. None also for a user who does not exist. */
  async joinedRooms(userId: string): Promise<string[]> {
    return this.http.send(joinedRoomsRequest(userId));
  }

  /** Details of a room. 404 M_NOT_FOUND: the server does not know the room, or has purged it. */
  async roomDetails(roomId: string): Promise<RoomDetails> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId),
      schema: aboutRoom(roomId, roomDetailsSchema),
    });
  }

  /**
   * Who has joined a room, of all servers. Answers for huge rooms and for those that are only partially joined, but knows
   * nobody once the last local user has left. 404 as for the details.
   */
  async roomMembers(roomId: string): Promise<string[]> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/members"),
      schema: roomMembersSchema,
    });
  }

  /**
   * The state of a room, of one type of event: all of it before 1.124, which does not know that filter. Empty for a room of a
   * version that the server no longer supports, and once the last local user has left. It does not answer for members of a
   * room that is only partially joined. 404 as for the details.
   */
  async roomState(roomId: string, type: string, limits: RequestLimits): Promise<StateEvent[]> {
    const query = new URLSearchParams({ type });
    const state = await this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/state", query),
      schema: roomStateSchema,
      limits,
    });
    return state.filter((event) => event.type === type);
  }

  /** The last events of a room about members, newest first, by all senders or by some. Empty for an unknown room. */
  async memberEvents(
    roomId: string,
    { limit, senders }: { limit: number; senders?: readonly string[] | undefined },
    limits: RequestLimits,
  ): Promise<StateEvent[]> {
    const filter = JSON.stringify({ types: ["m.room.member"], senders });
    const query = new URLSearchParams({ dir: "b", limit: String(limit), filter });
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/messages", query),
      schema: roomMessagesSchema,
      limits,
    });
  }

  /** The whole state of a room, to the letter. For when it is empty, see `roomState`. */
  async stateText(roomId: string, limits: RequestLimits): Promise<EventText[]> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/state"),
      schema: stateTextSchema,
      limits,
      isVerbatim: true,
    });
  }

  /**
   * Events of a room, oldest first and to the letter, from its first one or from the `end` of a page before. At most 1,000,
   * whatever `limit` says. Other servers are not asked for them. None for an unknown room.
   */
  async historyPage(
    roomId: string,
    { from, limit }: { from: string | undefined; limit: number },
    limits: RequestLimits,
  ): Promise<HistoryPage> {
    const start = from === undefined ? {} : { from };
    const query = new URLSearchParams({ dir: "f", limit: String(limit), ...start });
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/messages", query),
      schema: historyPageSchema,
      limits,
      isVerbatim: true,
    });
  }

  /** A user of this homeserver. 404 M_NOT_FOUND: there is none. */
  async user(userId: string): Promise<UserAccount> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v2/users/", userId),
      schema: userSchema,
    });
  }

  /** Whether joining the room is refused. Answers for unknown rooms too. */
  async isRoomBlocked(roomId: string): Promise<boolean> {
    return (await this.roomBlock(roomId)).block;
  }

  /** The same, and who has set the block: the first one, also where somebody else has set it once more. */
  async roomBlock(roomId: string): Promise<RoomBlock> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/block"),
      schema: roomBlockSchema,
    });
  }

  /** Blocks or unblocks a room, known or not. */
  async setRoomBlock(roomId: string, block: boolean): Promise<void> {
    await this.http.send({
      method: "PUT",
      ...at("/_synapse/admin/v1/rooms/", roomId, "/block"),
      body: { block },
      schema: z.object({ block: z.literal(block) }),
    });
  }

  /**
   * Quarantines all media that the room's events refer to, and says how many there were. None for an unknown or purged room.
   * https://element-hq.github.io/synapse/latest/admin_api/media_admin_api.html#quarantining-media-in-a-room
   */
  async quarantineMedia(roomId: string): Promise<{ quarantinedMedia: number }> {
    return this.http.send({
      method: "POST",
      ...at("/_synapse/admin/v1/room/", roomId, "/media/quarantine"),
      body: {},
      schema: quarantinedMediaSchema,
    });
  }

  /**
   * Starts a shutdown and gives its `delete_id`. An unknown room is accepted too (since 1.49). 400 "Purge already in
   * progress" when a task of the room is running; one that is queued is not seen, and a second one starts beside it.
   */
  async deleteRoom(roomId: string, options: DeleteRoomOptions): Promise<{ deleteId: string }> {
    return this.http.send({
      method: "DELETE",
      ...at("/_synapse/admin/v2/rooms/", roomId),
      body: deleteRoomRequestSchema.parse(options),
      schema: deleteRoomResponseSchema,
    });
  }

  /** Where a shutdown stands. 404 once the record of it has expired, which says nothing about the room. */
  async deleteStatus(deleteId: string): Promise<DeleteStatus> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v2/rooms/delete_status/", deleteId),
      schema: deleteStatusSchema,
    });
  }

  /** The running and ended shutdowns of a room, but not the queued ones. 404 M_NOT_FOUND while there are no others. */
  async deleteStatusesOfRoom(roomId: string): Promise<ShutdownTask[]> {
    return this.http.send({
      method: "GET",
      ...at("/_synapse/admin/v2/rooms/", roomId, "/delete_status"),
      schema: deleteStatusesSchema,
    });
  }

  /**
   * Shutdowns, oldest first: queued, running and ended in the last seven days, of all rooms or of one, with any status or with
   * one: only since 1.160 could several be asked for at once. One request sees all of them. Since 1.130.
   */
  async scheduledShutdowns(which: WantedTasks = {}): Promise<ShutdownTask[]> {
    return this.http.send(scheduledTasksRequest(which));
  }
}
