import { z } from "zod";

// Answers are parsed leniently (new fields pass, absent lists are empty) and turned into camelCase here, so that the
// wire's names end in this file. Requests are parsed strictly: what we send we know.

/** Leaves out what the server said is null, absent or undefined. */
function compact<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

const userList = z
  .array(z.string())
  .nullish()
  .transform((users) => users ?? []);

/** `GET /_matrix/client/v3/account/whoami` */
export const whoamiSchema = z
  .object({ user_id: z.string() })
  .transform(({ user_id }) => ({ userId: user_id }));

/** `GET /_synapse/admin/v1/server_version` */
export const serverVersionSchema = z
  .object({ server_version: z.string() })
  .transform(({ server_version }) => ({ serverVersion: server_version }));

/** `GET /_matrix/client/v3/directory/room/ALIAS` */
export const roomAliasSchema = z
  .object({ room_id: z.string() })
  .transform(({ room_id }) => ({ roomId: room_id }));

/**
 * `GET /_synapse/admin/v1/rooms/ROOM_ID`. All but creator, version and public come from Synapse's statistics. Without those of
 * the room (`stats: enabled: false`, a room known by an invite only, a lost row) they are null, a count can be negative, and
 * federatable is false; once nobody of the server is in the room, they are what is known of a room without state; and a row
 * that was lost begins anew with the next join, which shows in join_rules alone. None of that says anything of the room.
 */
export const roomDetailsSchema = z
  .object({
    name: z.string().nullish(),
    canonical_alias: z.string().nullish(),
    creator: z.string().nullish(),
    version: z.string().nullish(),
    encryption: z.string().nullish(),
    joined_members: z.number().nullish(),
    joined_local_members: z.number().nullish(),
    federatable: z.boolean().nullish(),
    public: z.boolean().nullish(),
    join_rules: z.string().nullish(),
    room_type: z.string().nullish(),
    replacement_room: z.string().nullish(), // Newer versions only.
  })
  .transform((room) => {
    const { joined_members: joined, joined_local_members: local } = room;
    const isWhole = room.join_rules !== null && room.join_rules !== undefined;
    const hasStatistics = isWhole && (joined ?? 0) > 0 && (local ?? 0) > 0;
    return compact({
      name: room.name,
      canonicalAlias: room.canonical_alias,
      creator: room.creator === "" ? undefined : room.creator,
      version: room.version,
      encryption: room.encryption,
      federatable: hasStatistics ? room.federatable : undefined,
      public: room.public,
      type: room.room_type,
      replacementRoomId: room.replacement_room,
      statistics: hasStatistics ? { joinedMembers: joined ?? 0 } : undefined,
    });
  });

/** What the homeserver tells about a room. `statistics`: absent if it has none of it. */
export type RoomDetails = z.output<typeof roomDetailsSchema>;

/** `GET /_synapse/admin/v1/rooms/ROOM_ID/members`: who has joined, of all servers. */
export const roomMembersSchema = z
  .object({ members: z.array(z.string()) })
  .transform(({ members }) => members);

const stateEventSchema = z
  .object({
    type: z.string(),
    state_key: z.string().optional(),
    content: z.record(z.string(), z.unknown()),
  })
  .transform(({ type, state_key, content }) => ({ type, stateKey: state_key, content }));

/** An event that says something of a room. */
export type StateEvent = z.output<typeof stateEventSchema>;

/** `GET /_synapse/admin/v1/rooms/ROOM_ID/state` */
export const roomStateSchema = z
  .object({ state: z.array(stateEventSchema) })
  .transform(({ state }) => state);

/** `GET /_synapse/admin/v1/rooms/ROOM_ID/messages` */
export const roomMessagesSchema = z
  .object({ chunk: z.array(stateEventSchema) })
  .transform(({ chunk }) => chunk);

/** `GET /_synapse/admin/v2/users/USER_ID`. `suspended` is told since 1.113 only. */
export const userSchema = z
  .object({
    deactivated: z.boolean().nullish(),
    locked: z.boolean().nullish(),
    suspended: z.boolean().nullish(),
    shadow_banned: z.boolean().nullish(),
  })
  .transform((user) => ({
    deactivated: user.deactivated === true,
    locked: user.locked === true,
    suspended: user.suspended === true,
    shadowBanned: user.shadow_banned === true,
  }));

/** What keeps a user from acting. */
export type UserAccount = z.output<typeof userSchema>;

/** `GET` and `PUT /_synapse/admin/v1/rooms/ROOM_ID/block` */
export const roomBlockSchema = z
  .object({ block: z.boolean(), user_id: z.string().nullish() })
  .transform(({ block, user_id }) => ({ block, userId: user_id ?? undefined }));

/** Whether a room is blocked, and by whom. */
export type RoomBlock = z.output<typeof roomBlockSchema>;

/** `POST /_synapse/admin/v1/room/ROOM_ID/media/quarantine` */
export const quarantinedMediaSchema = z
  .object({ num_quarantined: z.number() })
  .transform(({ num_quarantined }) => ({ quarantinedMedia: num_quarantined }));

/**
 * Body of `DELETE /_synapse/admin/v2/rooms/ROOM_ID`. An option that is not set is left out: Synapse refuses null for a
 * boolean, and "" for a user.
 */
export const deleteRoomRequestSchema = z
  .object({
    block: z.boolean(),
    purge: z.boolean(),
    forcePurge: z.boolean(),
    newRoomUserId: z.string().optional(),
    roomName: z.string().optional(),
    message: z.string().optional(),
  })
  .transform((options) => ({
    block: options.block,
    purge: options.purge,
    force_purge: options.forcePurge,
    ...compact({
      new_room_user_id: options.newRoomUserId,
      room_name: options.roomName,
      message: options.message,
    }),
  }));

/** The options of one v2 delete call. */
export type DeleteRoomOptions = z.input<typeof deleteRoomRequestSchema>;

/** Answer of `DELETE /_synapse/admin/v2/rooms/ROOM_ID` */
export const deleteRoomResponseSchema = z
  .object({ delete_id: z.string().min(1) })
  .transform(({ delete_id }) => ({ deleteId: delete_id }));

const shutdownResultSchema = z
  .object({
    kicked_users: userList,
    failed_to_kick_users: userList,
    local_aliases: userList,
    new_room_id: z.string().nullish(),
  })
  .transform((result) => ({
    kickedUsers: result.kicked_users,
    failedToKickUsers: result.failed_to_kick_users,
    localAliases: result.local_aliases,
    ...compact({ newRoomId: result.new_room_id }),
  }));

/**
 * `GET /_synapse/admin/v2/rooms/delete_status/DELETE_ID`. `status` stays a plain string: its words changed in 1.93 and
 * 1.121 and may change again. `error` has not been returned since 1.93, whatever the documentation says.
 */
export const deleteStatusSchema = z
  .object({
    status: z.string(),
    shutdown_room: shutdownResultSchema.nullish(),
    error: z.string().nullish(),
  })
  .transform(({ status, shutdown_room, error }) => ({
    status,
    ...compact({ result: shutdown_room, error }),
  }));

/** Where a shutdown stands. */
export type DeleteStatus = z.output<typeof deleteStatusSchema>;

/** `GET /_synapse/admin/v2/rooms/ROOM_ID/delete_status`. Queued tasks are not among the results. */
export const deleteStatusesSchema = z
  .object({ results: z.array(z.object({ delete_id: z.string() }).and(deleteStatusSchema)) })
  .transform(({ results }) =>
    results.map(({ delete_id, ...status }): ShutdownTask => ({ deleteId: delete_id, ...status })),
  );

/** `GET /_synapse/admin/v1/scheduled_tasks`, restricted to shutdowns. The only answer that tells why one failed. */
export const scheduledTasksSchema = z
  .object({
    scheduled_tasks: z.array(
      z.object({
        id: z.string(),
        resource_id: z.string().nullish(),
        status: z.string(),
        result: shutdownResultSchema.nullish(),
        error: z.string().nullish(),
      }),
    ),
  })
  .transform(({ scheduled_tasks }) =>
    scheduled_tasks.map(({ id, resource_id, status, result, error }): ShutdownTask => ({
      deleteId: id,
      status,
      ...compact({ roomId: resource_id, result, error }),
    })),
  );

/** A shutdown that the homeserver knows of. */
export type ShutdownTask = DeleteStatus & { readonly deleteId: string; readonly roomId?: string };

/** Error body of the Matrix APIs. */
export const matrixErrorSchema = z
  .object({
    errcode: z.string().optional(),
    error: z.string().optional(),
    retry_after_ms: z.number().nullish().catch(undefined),
    soft_logout: z.boolean().optional().catch(undefined),
    consent_uri: z.string().optional().catch(undefined),
  })
  .transform(({ errcode, error, retry_after_ms, soft_logout, consent_uri }) =>
    compact({
      errcode: errcode === "" ? undefined : errcode,
      error,
      retryAfterMs: retry_after_ms,
      isSoftLogout: soft_logout,
      consentUri: consent_uri,
    }),
  );
