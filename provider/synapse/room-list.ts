import { z } from "zod";
import { pathSegment } from "./endpoint";
import { roomDetailsSchema, type RoomDetails } from "./schemas";

/** Which part of the list of rooms is asked for. */
export interface RoomListQuery {
  /** How many rooms come before it. */
  readonly from: number;
  readonly limit: number;
  /** Rooms of the public directory alone. Since 1.109; older ones list the others, too. */
  readonly publicRooms?: true;
}

/** `GET /_synapse/admin/v1/rooms`: rooms of which the homeserver has statistics, each with what its details tell. */
const roomListSchema = z
  .object({
    rooms: z.array(z.object({ room_id: z.string() }).and(roomDetailsSchema)),
    total_rooms: z.number(),
    next_batch: z.union([z.string(), z.number()]).nullish(),
  })
  .transform(({ rooms, total_rooms, next_batch }) => ({
    rooms: rooms.map(({ room_id, ...details }): ListedRoom => ({ roomId: room_id, ...details })),
    total: total_rooms,
    hasMore: next_batch !== null && next_batch !== undefined,
  }));

/** A room that the homeserver lists. */
export type ListedRoom = RoomDetails & { readonly roomId: string };

/** A part of the homeserver's list of rooms. `total`: how many there are in all. */
export type RoomPage = z.output<typeof roomListSchema>;

/**
 * The request for a part of the list: by creator and then by id, which no room ever changes. Rooms that come and go move the
 * others, but never change their order.
 */
export function listRequest({ from, limit, publicRooms }: RoomListQuery) {
  const endpoint = "/_synapse/admin/v1/rooms";
  const query = new URLSearchParams({
    from: String(from),
    limit: String(limit),
    order_by: "creator",
  });
  if (publicRooms !== undefined) query.set("public_rooms", "true");
  const path = `${endpoint}?${query.toString()}`;
  return { method: "GET", path, endpoint, schema: roomListSchema } as const;
}

/** `GET /_synapse/admin/v1/users/USER_ID/joined_rooms` */
const joinedRoomsSchema = z
  .object({ joined_rooms: z.array(z.string()) })
  .transform(({ joined_rooms }) => joined_rooms);

/** The request for the rooms that a user has joined. */
export function joinedRoomsRequest(userId: string) {
  return {
    method: "GET",
    path: `/_synapse/admin/v1/users/${pathSegment(userId)}/joined_rooms`,
    endpoint: "/_synapse/admin/v1/users/ID/joined_rooms",
    id: userId,
    schema: joinedRoomsSchema,
  } as const;
}
