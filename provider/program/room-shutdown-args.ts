import type * as pulumi from "@pulumi/pulumi";

/** Which hooks run the v2 delete call: when the resource is created, when it is deleted, or both. */
export type RunOn = "create" | "delete" | "both";

/**
 * What one v2 delete call does with the room. The defaults are those of the shutdown on create: in
 * {@link SynapseRoomShutdownArgs.onDelete}, what is left out is as for that one.
 * See https://element-hq.github.io/synapse/latest/admin_api/rooms.html#version-2-new-version
 */
export interface ShutdownOptions {
  /**
   * Refuse everybody of this homeserver who wants to join the room from now on. Works for a room that the server does not
   * know yet, too. Changing it later blocks or unblocks the room; it does not shut it down again.
   *
   * @defaultValue `false`
   */
  block?: pulumi.Input<boolean>;
  /**
   * Remove all traces of the room from the homeserver's database once everybody has left. **This can't be undone.** Other
   * homeservers keep their copy. With `false`, the room's history stays on the server. Turning it on later runs the shutdown
   * again if the homeserver still has the room; turning it off later undoes nothing.
   *
   * @defaultValue `true`
   */
  purge?: pulumi.Input<boolean>;
  /**
   * Purge even while local users are still joined, for rooms that they can't be removed from. May leave their clients
   * with a room that no longer exists. Only with `purge`. Changing it by itself only records it, for shutdowns that are still to
   * run.
   *
   * @defaultValue `false`
   */
  forcePurge?: pulumi.Input<boolean>;
  /**
   * A local user, `@user:server`, in whose name a notice room is made. The local members of the room are joined to it and
   * local aliases point to it. Without it everybody just leaves. The user must exist and be able to act: one who is
   * deactivated, locked, suspended or shadow-banned is refused, at the review and right before the start. A shutdown that runs
   * again makes another notice room only if there is somebody to move: not for those whom the last one could not remove, who
   * are then just removed if they can be. Changing it by itself does not make or change a notice room.
   */
  newRoomUserId?: pulumi.Input<string>;
  /**
   * Name of the notice room. Only with `newRoomUserId`. Changing it by itself changes no notice room.
   *
   * @defaultValue the server's own, "Content Violation Notification"
   */
  roomName?: pulumi.Input<string>;
  /**
   * First message in the notice room, at most 60,000 bytes as UTF-8 (Synapse fails the shutdown half way on more than an
   * event can hold). Only with `newRoomUserId`. Changing it by itself sends nothing.
   *
   * @defaultValue the server's own, which speaks of sharing illegal content
   */
  message?: pulumi.Input<string>;
}

/** Arguments of {@link SynapseRoomShutdown}. */
export interface SynapseRoomShutdownArgs extends ShutdownOptions {
  /**
   * The room: `!opaque:server`, or `!` and 43 characters (room version 12); whatever Synapse takes for a room id. Exactly one
   * of `roomId` and `roomAlias`.
   * Changing it replaces the resource: as on any delete and create, `runOn` says what happens to the old and the new room.
   */
  roomId?: pulumi.Input<string>;
  /**
   * The room by an alias, `#name:server`, in place of `roomId`. It is resolved when the target is reviewed, and the room id that it had then is
   * kept for as long as the alias in the program is the same: if the alias points elsewhere later, this resource stays with
   * the room that was reviewed, and a refresh says that the alias has moved. Another alias in the program is resolved anew:
   * one of another room replaces the resource, as another `roomId` does.
   */
  roomAlias?: pulumi.Input<string>;
  /**
   * When the shutdown runs. `"create"`: `pulumi up` runs it, and `pulumi destroy` does nothing to the room. `"delete"`:
   * creating only records the intent, and deleting the resource shuts the room down. `"both"`: both do. Changing `"delete"`
   * to one of the others runs the shutdown now; any other change only records it.
   *
   * @defaultValue `"create"`
   */
  runOn?: pulumi.Input<RunOn>;
  /**
   * Overrides for the shutdown that runs on delete: what is left out is as for the one on create. Only with `runOn` `"delete"` or
   * `"both"`. Changing it only records it.
   */
  onDelete?: pulumi.Input<ShutdownOptions>;
  /**
   * Lift the block when the resource is deleted or replaced, unless the program still declares the room as blocked. Only with
   * `block` and `runOn` `"create"`. Changing it by itself only records it.
   *
   * @defaultValue `false`
   */
  unblockOnDelete?: pulumi.Input<boolean>;
  /**
   * What the room must be like: checked in the preview and once more right before the shutdown, which does not start if
   * anything differs. Changing it later has an effect on shutdowns that are still to run.
   */
  expect?: pulumi.Input<RoomExpectations>;
  /**
   * Accept a room that the homeserver does not know, for instance to block it before anybody joins. Without it such a room is
   * refused, since Synapse answers a typo with success; but not while the homeserver remembers a shutdown that has removed
   * somebody from it. Checked in the preview and once more right before the shutdown.
   *
   * @defaultValue `false`
   */
  allowUnknownRoom?: pulumi.Input<boolean>;
  /**
   * Quarantine all media of the room before it is shut down, local and remote, so that nobody can fetch it any more. After a
   * purge it can't be found. Turned on later, it quarantines the media if the room is still there; turned off, nothing is
   * released. It belongs to the shutdown on delete as well.
   * See https://element-hq.github.io/synapse/latest/admin_api/media_admin_api.html#quarantine-media
   *
   * @defaultValue `false`
   */
  quarantineMedia?: pulumi.Input<boolean>;
  /**
   * Before a shutdown starts, and after the guards, write all that the homeserver has of the room to this file: its state, its
   * members and all events, oldest first and to the letter, as JSON Lines; compressed where the name ends in `.gz`. Relative
   * to the Pulumi project. Media is named, never fetched. Nothing is shut down unless the file is whole, and a file that is
   * there is never overwritten: an archive of this resource, or of an attempt that started no shutdown, is added to, and
   * anything else is an error. Where this resource's own archive is not there any more, as on another machine, nothing is
   * written in its place, with a warning. Of a shutdown that is taken over, what is still there is archived, with a warning.
   * It belongs to the shutdown on delete as well. The path is shown in previews and errors: one that is marked as a secret is
   * refused. Changing it later has an effect on shutdowns that are still to run.
   */
  archiveFile?: pulumi.Input<string>;
  /**
   * Wait until the shutdown has ended, and check the room afterwards. With `false` the resource is there as soon as Synapse
   * has accepted the request; `pulumi refresh` shows how it went on.
   *
   * @defaultValue `true`
   */
  wait?: pulumi.Input<boolean>;
  /**
   * How long to wait, in seconds, 1 to 604,800 (seven days). Running out of it does not stop the shutdown: its id is kept, and
   * the next `pulumi up` goes on waiting.
   *
   * @defaultValue `3600`
   */
  waitTimeoutSeconds?: pulumi.Input<number>;
  /**
   * How often a shutdown that ended as `failed` is run in all, 1 to 10, with a pause of seconds in between. More than once only
   * with `wait`. It is not run again once a notice room was made, since that would make another one.
   *
   * @defaultValue `1`
   */
  maxAttempts?: pulumi.Input<number>;
  /**
   * Any values. Changing them replaces the resource, which reviews the room anew and runs the shutdown again, with a new
   * `delete_id`. A room that was purged has to be accepted by `allowUnknownRoom` then, once Synapse has forgotten its last
   * shutdown.
   */
  triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
  /**
   * Keep the room for this time after its shutdown, and purge it then, in seconds: 1 to 315,360,000 (ten years). The shutdown on
   * create runs without purge, so that clients which were offline learn that they have left; `purgeDueAt` says when its time is
   * over, and the first `pulumi up` after that purges the room by a shutdown of its own. Nothing purges it without an `up`, and
   * nothing after the resource is gone. Only with `purge`, and with `runOn` `"create"` or `"both"`. Changing it moves `purgeDueAt`,
   * from the same end of the shutdown; removing it purges the room at the next `pulumi up`, and `purge: false` instead keeps it.
   */
  purgeAfterSeconds?: pulumi.Input<number>;
  /**
   * The `delete_id` of a shutdown that was started elsewhere, such as with curl: it is taken over instead of starting one,
   * waited for and checked. It must be one of this room. One whose record has expired (after seven days) is accepted if the
   * room is shut down as declared; if the room is gone, `allowUnknownRoom` has to say that its id is right. Dynamic resources
   * can't be imported: this is how an old shutdown gets into a stack. Changing it later matters only while the last shutdown
   * has not brought about what is declared. Not with `runOn` `"delete"`.
   */
  adoptDeleteId?: pulumi.Input<string>;
}

/**
 * Guards, each of them optional. One that can't be evaluated does not hold. They do not apply to a room that the homeserver
 * does not know and `allowUnknownRoom` accepts.
 */
export interface RoomExpectations {
  /** The room's name, to the letter. `""`: it has none. */
  name?: pulumi.Input<string>;
  /** Its canonical alias, `#name:server`. `""`: it has none. */
  canonicalAlias?: pulumi.Input<string>;
  /** Who made it, `@user:server`. `""` never holds: every room has a creator. */
  creator?: pulumi.Input<string>;
  /**
   * Not more joined members than this, on all servers, 0 or more: memberships are counted, whatever the server's statistics
   * say.
   */
  maxJoinedMembers?: pulumi.Input<number>;
  /**
   * Not more joined members of this homeserver than this, 0 or more. Who is invited or knocks is not counted, but removed,
   * too.
   */
  maxLocalMembers?: pulumi.Input<number>;
}

/** An archive of a room, as it is on the disk. */
export interface RoomArchive {
  /** The declared `archiveFile`. */
  file: string;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** How many events of the room's history are in it. */
  events: number;
  /** The length of the file. */
  bytes: number;
}

/** What a review tells of a room. What the server does not tell is absent. Counts are counts of memberships. */
export interface RoomSnapshot {
  /** Its name. */
  name?: string;
  /** Its canonical alias, `#name:server`. */
  canonicalAlias?: string;
  /** Who made it, `@user:server`. */
  creator?: string;
  /** The version of the room, such as `12`. */
  version?: string;
  /** The algorithm by which it is encrypted. */
  encryption?: string;
  /** Whether users of other servers may join it at all. */
  federatable?: boolean;
  /** Whether it is in the homeserver's directory of public rooms, which does not tell who may join. */
  public?: boolean;
  /** `m.space`: a space. Absent: an ordinary room. */
  type?: string;
  /** The room that it was upgraded to, where the server tells. */
  replacementRoomId?: string;
  /** Joined members on all servers. Absent where nobody of this homeserver has joined it: then it does not know the others. */
  joinedMembers?: number;
  /** Joined members of this homeserver. */
  joinedLocalMembers?: number;
  /**
   * Which of `name`, `canonicalAlias`, `type`, `encryption` and `federatable` the homeserver could not tell. Absent: none.
   */
  untold?: string[];
}
