import * as pulumi from "@pulumi/pulumi";

/** Which hooks run the v2 delete call: when the resource is created, when it is deleted, or both. */
export type RunOn = "create" | "delete" | "both";

/**
 * What one v2 delete call does with the room.
 * See https://element-hq.github.io/synapse/latest/admin_api/rooms.html#version-2-new-version
 */
export interface ShutdownOptions {
  /**
   * Refuse everybody of this homeserver who wants to join the room from now on. Works for a room that the server does not
   * know yet, too. Default `false`. Changing it later blocks or unblocks the room; it does not shut it down again.
   */
  block?: pulumi.Input<boolean>;
  /**
   * Remove all traces of the room from the homeserver's database once everybody has left. **This can't be undone.** Other
   * homeservers keep their copy. Default `true`. With `false`, the room's history stays on the server.
   */
  purge?: pulumi.Input<boolean>;
  /**
   * Purge even while local users are still joined, for rooms that they can't be removed from. May leave their clients
   * with a room that no longer exists. Default `false`. Only with `purge`.
   */
  forcePurge?: pulumi.Input<boolean>;
  /**
   * A local user, `@user:server`, in whose name a notice room is made. The local members of the room are joined to it and
   * local aliases point to it. Without it everybody just leaves. Updating this value by itself does not make or change a
   * notice room.
   */
  newRoomUserId?: pulumi.Input<string>;
  /** Name of the notice room. Default: the server's own, "Content Violation Notification". Only with `newRoomUserId`. */
  roomName?: pulumi.Input<string>;
  /**
   * First message in the notice room, at most 60,000 bytes as UTF-8 (Synapse fails the shutdown half way on more than an
   * event can hold). Default: the server's own. Only with `newRoomUserId`.
   */
  message?: pulumi.Input<string>;
}

/** Arguments of {@link SynapseRoomShutdown}. */
export interface SynapseRoomShutdownArgs extends ShutdownOptions {
  /**
   * The room: `!opaque:server`, or `!` and 43 characters (room version 12). Exactly one of `roomId` and `roomAlias`.
   * Changing it replaces the resource: as on any delete and create, `runOn` says what happens to the old and the new room.
   */
  roomId?: pulumi.Input<string>;
  /**
   * The room by an alias, `#name:server`. It is resolved when the target is reviewed, and the room id that it had then is
   * kept for as long as the alias in the program is the same: if the alias points elsewhere later, this resource stays with
   * the room that was reviewed, and a refresh says that the alias has moved.
   */
  roomAlias?: pulumi.Input<string>;
  /**
   * Which hooks run the shutdown. Default `"create"`: `pulumi up` runs it, and `pulumi destroy` does nothing to the room.
   * `"delete"`: creating only records the intent, and deleting the resource shuts the room down. `"both"`: both do.
   */
  runOn?: pulumi.Input<RunOn>;
  /** Overrides of the options for the shutdown that runs on delete. Only with `runOn` `"delete"` or `"both"`. */
  onDelete?: pulumi.Input<ShutdownOptions>;
  /**
   * Lift the block when the resource is deleted or replaced. Default `false`: the block stays. Only with `block` and `runOn`
   * `"create"`. Updating this value by itself only records it.
   */
  unblockOnDelete?: pulumi.Input<boolean>;
  /**
   * What the room must be like: checked in the preview and once more right before the shutdown, which does not start if
   * anything differs. Changing it later has an effect on shutdowns that are still to run.
   */
  expect?: pulumi.Input<RoomExpectations>;
  /**
   * Accept a room that the homeserver does not know, for instance to block it before anybody joins. Default `false`, since
   * Synapse answers a typo with success. Checked in the preview and once more right before the shutdown.
   */
  allowUnknownRoom?: pulumi.Input<boolean>;
  /**
   * Quarantine all media of the room before it is shut down, local and remote, so that nobody can fetch it any more. After a
   * purge it can't be found. Default `false`. Turned on later, it quarantines the media if the room is still there; turned
   * off, nothing is released. It belongs to the shutdown on delete as well.
   * See https://element-hq.github.io/synapse/latest/admin_api/media_admin_api.html#quarantine-media
   */
  quarantineMedia?: pulumi.Input<boolean>;
  /**
   * Wait until the shutdown has ended, and check the room afterwards. Default `true`. With `false` the resource is there
   * as soon as Synapse has accepted the request; `pulumi refresh` shows how it went on. Changing it is no update.
   */
  wait?: pulumi.Input<boolean>;
  /**
   * How long to wait, in seconds. 1 to 604,800 (seven days), default 3,600. Running out of it does not stop the
   * shutdown: its id is kept, and the next `pulumi up` goes on waiting. Changing it is no update.
   */
  waitTimeoutSeconds?: pulumi.Input<number>;
  /**
   * How often a shutdown that ended as `failed` is run in all, with a pause of seconds in between. 1 to 10, default 1. It is
   * not run again once a notice room was made, since that would make another one. Changing it is no update.
   */
  maxAttempts?: pulumi.Input<number>;
  /**
   * Any values. Changing them replaces the resource, which reviews the room anew and runs the shutdown again, with a new
   * `delete_id`. A room that was purged has to be accepted by `allowUnknownRoom` then, once Synapse has forgotten its last
   * shutdown.
   */
  triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
  /**
   * The `delete_id` of a shutdown that was started elsewhere, such as with curl: it is taken over instead of starting one,
   * waited for and checked. It must be one of this room. One whose record has expired (after seven days) is accepted if the
   * room is shut down as declared; if the room is gone, `allowUnknownRoom` has to say that its id is right. Dynamic resources
   * can't be imported: this is how an old shutdown gets into a stack. Changing it later matters only while the last shutdown
   * has not brought about what is declared. Not with `runOn` `"delete"`.
   */
  adoptDeleteId?: pulumi.Input<string>;
}

/** Guards of {@link SynapseRoomShutdownArgs.expect}. Each is optional. */
export interface RoomExpectations {
  /** The room's name, to the letter. `""`: it has none. */
  name?: pulumi.Input<string>;
  /** Its canonical alias, `#name:server`. `""`: it has none. */
  canonicalAlias?: pulumi.Input<string>;
  /** Who made it, `@user:server`. */
  creator?: pulumi.Input<string>;
  /** Not more joined members than this, on all servers. */
  maxJoinedMembers?: pulumi.Input<number>;
  /** Not more joined members of this homeserver than this. */
  maxLocalMembers?: pulumi.Input<number>;
}

/** The room as it was when it was reviewed. What the server does not tell is absent. */
export interface RoomSnapshot {
  name?: string;
  canonicalAlias?: string;
  creator?: string;
  version?: string;
  encryption?: string;
  federatable?: boolean;
  public?: boolean;
  joinedMembers: number;
  joinedLocalMembers: number;
}

/**
 * Source of the module that the dynamic-provider host evaluates. `pulumi.dynamic.Resource` would put the serialized hooks
 * here: kilobytes in every resource, and code that stays as it was when the resource was created. A constant is the same
 * in every state, and what runs is always the installed package. The host resolves it from the Pulumi project's folder.
 */
const providerSource = 'exports.handler = () => require("pulumi-synapse/provider").roomShutdown';

/**
 * Shuts a Matrix room down on a Synapse homeserver, once, and waits until it is done. The resource's id is the room id.
 *
 * A shutdown can't be undone or cancelled. The homeserver and the token come from the stack's configuration
 * (`synapse:homeserverUrl`, `synapse:accessToken` or `synapse:accessTokenFile`) or from the environment
 * (`SYNAPSE_HOMESERVER_URL`, `SYNAPSE_ACCESS_TOKEN`, `SYNAPSE_ACCESS_TOKEN_FILE`), which wins. Like every dynamic
 * resource, it can't be imported.
 *
 * @example
 * new SynapseRoomShutdown("spam", { roomId: "!abc:example.org", block: true });
 */
export class SynapseRoomShutdown extends pulumi.CustomResource {
  declare readonly roomId: pulumi.Output<string>;
  declare readonly roomAlias: pulumi.Output<string | undefined>;
  declare readonly expect: pulumi.Output<pulumi.Unwrap<RoomExpectations> | undefined>;
  declare readonly block: pulumi.Output<boolean>;
  declare readonly purge: pulumi.Output<boolean>;
  declare readonly forcePurge: pulumi.Output<boolean>;
  declare readonly newRoomUserId: pulumi.Output<string | undefined>;
  declare readonly roomName: pulumi.Output<string | undefined>;
  declare readonly message: pulumi.Output<string | undefined>;
  declare readonly runOn: pulumi.Output<RunOn>;
  declare readonly onDelete: pulumi.Output<pulumi.Unwrap<ShutdownOptions> | undefined>;
  declare readonly unblockOnDelete: pulumi.Output<boolean>;
  declare readonly allowUnknownRoom: pulumi.Output<boolean>;
  declare readonly quarantineMedia: pulumi.Output<boolean>;
  declare readonly wait: pulumi.Output<boolean>;
  declare readonly waitTimeoutSeconds: pulumi.Output<number>;
  declare readonly maxAttempts: pulumi.Output<number>;
  declare readonly triggers: pulumi.Output<unknown[] | undefined>;
  declare readonly adoptDeleteId: pulumi.Output<string | undefined>;

  /** Synapse's `delete_id` of the shutdown. Absent while none has run (`runOn` `"delete"`). */
  declare readonly deleteId: pulumi.Output<string | undefined>;
  /**
   * Synapse's own word: `scheduled`, `active`, `complete` or `failed` on a recent server. `not-run` while a shutdown that
   * belongs to the delete hook has not run. Absent if Synapse accepted the shutdown but has not told its status yet.
   */
  declare readonly status: pulumi.Output<string | undefined>;
  /** Name of the homeserver, as in the user ids of its users. */
  declare readonly serverName: pulumi.Output<string>;
  /** Where the homeserver was reached. */
  declare readonly homeserverUrl: pulumi.Output<string>;
  /** The room as it was reviewed. Absent if the server did not know it. */
  declare readonly room: pulumi.Output<RoomSnapshot | undefined>;
  /** Local users who were removed. Absent: none. */
  declare readonly kickedUsers: pulumi.Output<string[] | undefined>;
  /** Local users who could not be removed, or have joined the room again. Absent: none. */
  declare readonly failedToKickUsers: pulumi.Output<string[] | undefined>;
  /** Local aliases that were moved to the notice room. Absent: none. */
  declare readonly localAliases: pulumi.Output<string[] | undefined>;
  /** The notice room. */
  declare readonly newRoomId: pulumi.Output<string | undefined>;
  /** Whether the server refuses joins to the room, as read afterwards. */
  declare readonly blocked: pulumi.Output<boolean | undefined>;
  /** Whether the server no longer has the room, as read afterwards. */
  declare readonly purged: pulumi.Output<boolean | undefined>;
  /** How many media Synapse says it has quarantined before the shutdown. Absent without `quarantineMedia`. */
  declare readonly quarantinedMedia: pulumi.Output<number | undefined>;

  /**
   * @param name Name of the resource in the stack.
   * @param args What to shut down and how.
   * @param opts Pulumi's options. `protect` refuses to delete the resource, and with `runOn` `"delete"` so the room.
   */
  constructor(name: string, args: SynapseRoomShutdownArgs, opts?: pulumi.CustomResourceOptions) {
    // Outputs must be named here, or reading them before the resource exists gives undefined instead of an Output.
    const outputs = {
      roomId: undefined,
      roomAlias: undefined,
      expect: undefined,
      block: undefined,
      purge: undefined,
      forcePurge: undefined,
      newRoomUserId: undefined,
      roomName: undefined,
      message: undefined,
      runOn: undefined,
      onDelete: undefined,
      unblockOnDelete: undefined,
      allowUnknownRoom: undefined,
      quarantineMedia: undefined,
      wait: undefined,
      waitTimeoutSeconds: undefined,
      maxAttempts: undefined,
      triggers: undefined,
      adoptDeleteId: undefined,
      deleteId: undefined,
      status: undefined,
      serverName: undefined,
      homeserverUrl: undefined,
      room: undefined,
      kickedUsers: undefined,
      failedToKickUsers: undefined,
      localAliases: undefined,
      newRoomId: undefined,
      blocked: undefined,
      purged: undefined,
      quarantinedMedia: undefined,
    };
    super(
      "pulumi-nodejs:dynamic/synapse:SynapseRoomShutdown",
      name,
      { ...outputs, ...args, __provider: providerSource },
      opts,
    );
  }
}
