import * as pulumi from "@pulumi/pulumi";
import { declarations } from "./contradicting-twin";
import { defaults } from "./defaults";
import { refuseProgram, shownValue, shutdownFaults, unlessRefused } from "./early-refusal";
import { homeserverOf } from "./homeserver-of";
import { stackFaults } from "./known-settings";
import { hasPulumiType } from "./pulumi-type";
import type {
  RoomArchive,
  RoomExpectations,
  RoomSnapshot,
  RunOn,
  ShutdownOptions,
  SynapseRoomShutdownArgs,
} from "./room-shutdown-args";

/**
 * Source of the module that the dynamic-provider host evaluates. `pulumi.dynamic.Resource` would put the serialized hooks
 * here: kilobytes in every resource, and code that stays as it was when the resource was created. A constant is the same
 * in every state, and what runs is always the installed package. The host resolves it from the Pulumi project's folder.
 */
const providerSource = 'exports.handler = () => require("pulumi-synapse/provider").roomShutdown';

const type = "pulumi-nodejs:dynamic/synapse:SynapseRoomShutdown";

/**
 * The outputs that only the engine can tell. They must be named when a resource is made, and each name costs the program some of
 * its time at each operation: of the arguments, only those that are declared are named, too.
 */
const outputs: Record<Exclude<RoomShutdownProperty, keyof typeof defaults>, undefined> = {
  roomId: undefined, // Of a roomAlias, it comes from the review.
  deleteId: undefined,
  previousDeleteIds: undefined,
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
  purgeDueAt: undefined,
  quarantinedMedia: undefined,
  archive: undefined,
};

/** What is not declared becomes an Output when it is first read: of its default, and, like any other, of this resource. */
const undeclared = Object.entries(defaults).map(([name, value]) => {
  const asDefault: PropertyDescriptor & ThisType<pulumi.Resource> = {
    enumerable: true,
    configurable: true,
    get() {
      const output = this.urn.apply(() => value);
      Object.defineProperty(this, name, { value: output, enumerable: true });
      return output;
    },
  };
  return [name, asDefault] as const;
});

/**
 * Shuts a Matrix room down on a Synapse homeserver, once, and waits until it is done. The resource's id is the room id.
 *
 * A shutdown can't be undone or cancelled. The homeserver and the token come from the stack's configuration
 * (`synapse:homeserverUrl`, and `synapse:accessToken`, `synapse:accessTokenFile` or `synapse:accessTokenCommand`) or from the
 * environment (`SYNAPSE_HOMESERVER_URL`, and `SYNAPSE_ACCESS_TOKEN`, `SYNAPSE_ACCESS_TOKEN_FILE` or
 * `SYNAPSE_ACCESS_TOKEN_COMMAND`), which wins. Like every dynamic resource, it can't be imported.
 *
 * An argument that the program leaves out is read as its default, also where a transform or a policy of the stack sets it.
 *
 * @example
 * new SynapseRoomShutdown("spam", { roomId: "!abc:example.org", block: true });
 */
export class SynapseRoomShutdown extends pulumi.CustomResource {
  /** The type by which policy packs and stack tooling find it. */
  static readonly __pulumiType: string = type;

  /** Whether something is a `SynapseRoomShutdown`, of this copy of the package or of another one. */
  static override isInstance(something: unknown): something is SynapseRoomShutdown {
    return hasPulumiType(something, type);
  }

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
  declare readonly archiveFile: pulumi.Output<string | undefined>;
  declare readonly wait: pulumi.Output<boolean>;
  declare readonly waitTimeoutSeconds: pulumi.Output<number>;
  declare readonly maxAttempts: pulumi.Output<number>;
  declare readonly purgeAfterSeconds: pulumi.Output<number | undefined>;
  declare readonly triggers: pulumi.Output<unknown[] | undefined>;
  declare readonly adoptDeleteId: pulumi.Output<string | undefined>;

  /** Synapse's `delete_id` of the shutdown. Absent while none has run (`runOn` `"delete"`). */
  declare readonly deleteId: pulumi.Output<string | undefined>;
  /**
   * The `delete_id`s of the shutdowns before that one, oldest first, also those of a resource that this one has replaced to run
   * again, whose record of the room it keeps. Absent: there were none.
   */
  declare readonly previousDeleteIds: pulumi.Output<string[] | undefined>;
  /**
   * Synapse's own word: `scheduled`, `active`, `complete` or `failed` on a recent server. `not-run` while a shutdown that
   * belongs to the delete hook has not run. `no-record` where nobody has seen the end of the shutdown, the homeserver has no
   * record of it any more (after seven days), and the room shows that it was not done: the next `pulumi up` runs it again.
   * Absent if Synapse accepted the shutdown but has not told its status yet.
   */
  declare readonly status: pulumi.Output<string | undefined>;
  /** Name of the homeserver, as in the ids of its users. Another homeserver replaces the resource. */
  declare readonly serverName: pulumi.Output<string>;
  /** Where the homeserver was reached. Another URL of the same one is no change. */
  declare readonly homeserverUrl: pulumi.Output<string>;
  /**
   * The room as it was reviewed, with the counts of memberships as of the review in the `up` that made the resource, not as of
   * the shutdown. A refresh renews it while a shutdown on delete has not run. What the server does not tell any more is as it was
   * before, where a resource has been replaced to run again. Absent if the server did not know the room.
   */
  declare readonly room: pulumi.Output<RoomSnapshot | undefined>;
  /** Local users who were removed, by all shutdowns. Absent: none. */
  declare readonly kickedUsers: pulumi.Output<string[] | undefined>;
  /**
   * Local users whom Synapse could not remove and nothing shows outside, or who have joined the room again; with the status
   * `no-record`, whoever of them a refresh has found in it. Absent: none.
   */
  declare readonly failedToKickUsers: pulumi.Output<string[] | undefined>;
  /** Local aliases that were moved to the notice room, by all shutdowns. Absent: none. */
  declare readonly localAliases: pulumi.Output<string[] | undefined>;
  /** The notice room that was made last. Absent: none. */
  declare readonly newRoomId: pulumi.Output<string | undefined>;
  /** Whether the server refuses joins to the room, as read afterwards. */
  declare readonly blocked: pulumi.Output<boolean | undefined>;
  /** Whether the server no longer has the room, as read afterwards. Not of a room that it never had, if no purge has run. */
  declare readonly purged: pulumi.Output<boolean | undefined>;
  /**
   * When the room is to be purged, by `purgeAfterSeconds`: RFC 3339, in UTC. From the end of the shutdown that keeps the room until
   * it is purged.
   */
  declare readonly purgeDueAt: pulumi.Output<string | undefined>;
  /**
   * How many media Synapse says it has quarantined before the shutdown. Absent without `quarantineMedia`, and where somebody
   * else's purge came first: then it can't be found out.
   */
  declare readonly quarantinedMedia: pulumi.Output<number | undefined>;
  /** The archive that was written last. Absent: none, or the homeserver did not have the room. */
  declare readonly archive: pulumi.Output<RoomArchive | undefined>;

  /**
   * @param name Name of the resource in the stack.
   * @param args What to shut down and how.
   * @param opts Pulumi's options. `protect` refuses to delete the resource, and with `runOn` `"delete"` so the room.
   * @throws pulumi.RunError where no room is given or two are, where another resource shuts the same room down with other
   *   options or blocks a room that has `unblockOnDelete`, for an `archiveFile` that is a secret, for the options `import`, `id`,
   *   `replaceOnChanges` and `deleteBeforeReplace: false`, for unknown settings in the stack's configuration and for a token
   *   that it keeps in plain text.
   */
  constructor(
    name: string,
    args: SynapseRoomShutdownArgs,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    refuseProgram("Stack configuration", stackFaults());
    const resource = `SynapseRoomShutdown ${JSON.stringify(name)}`;
    const all = declarations();
    const self = { name, args, place: homeserverOf(type, opts) };
    refuseProgram(resource, [...shutdownFaults(args, opts), ...(all?.faultsOf(self) ?? [])]);
    const declared: pulumi.Inputs = Object.fromEntries(
      Object.entries(args).filter(([, value]) => value !== undefined),
    );
    if (args.archiveFile !== undefined) {
      declared["archiveFile"] = shownValue(resource, "archiveFile", args.archiveFile);
    }
    // Pulumi keeps a stack for each promise of each output, to debug leaks with: with whole ones they take half of the time of
    // a program with many resources. One line is enough for an error that is thrown in here.
    const { stackTraceLimit } = Error;
    if (!process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) Error.stackTraceLimit = 1;
    try {
      super(
        type,
        name,
        { ...outputs, ...declared, __provider: unlessRefused(providerSource) },
        // The engine asks no hook about a forced replacement: it would create first, and delete then what was created.
        { ...opts, deleteBeforeReplace: true },
      );
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    for (const [property, asDefault] of undeclared) {
      if (!Object.hasOwn(this, property)) Object.defineProperty(this, property, asDefault);
    }
    all?.compareOutputs(self, this);
  }
}

/** What a resource has besides Pulumi's own: its arguments, what was reviewed, and what its shutdowns have done. */
export type RoomShutdownProperty = Exclude<keyof SynapseRoomShutdown, keyof pulumi.CustomResource>;
