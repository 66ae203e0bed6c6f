import type { SynapseAdminClient } from "../synapse/admin-client";
import { SynapseRequestError, unlessAbsent } from "../synapse/errors";
import { roomIdFault } from "../synapse/ids";
import type {
  DeleteRoomOptions,
  RoomBlock,
  RoomDetails,
  ShutdownTask,
  StateEvent,
} from "../synapse/schemas";
import type { EventText } from "../synapse/verbatim";
import { roomLimits, unlessTooMuch } from "./bounded";
import { RecentAnswer } from "./recent-answer";
import { historyOf, type Stretch } from "./history";
import type { Host } from "./host";
import { readIdentity, type Identity } from "./identity";
import { MemberFinder, type MemberCount, type Members } from "./members";
import { Patience } from "./patience";
import type { ShutdownTasks } from "./shutdown-tasks";

/** What is read of a state, which comes in one piece: enough for some hundred thousand members. */
const stateMaxBytes = 256 * 2 ** 20;

/** One room on one homeserver: all that is asked and done about it. */
export class Room {
  private readonly lastDetails: RecentAnswer<RoomDetails | undefined>;
  private readonly lastIdentity: RecentAnswer<Identity | undefined>;
  private readonly lastMembers: RecentAnswer<Members | undefined>;
  private readonly finder: MemberFinder;

  /** What it is called in the lines about it. */
  label: string;

  constructor(
    readonly id: string,
    private readonly client: SynapseAdminClient,
    private readonly tasks: ShutdownTasks,
    private readonly host: Host,
    serverName: () => Promise<string>,
  ) {
    this.label = id;
    this.finder = new MemberFinder(client, id, serverName);
    this.lastDetails = new RecentAnswer(host.clock);
    this.lastIdentity = new RecentAnswer(host.clock);
    this.lastMembers = new RecentAnswer(host.clock);
  }

  /** Writes a line about the room on the stack's row. */
  log(line: string): void {
    this.host.log(this.label, line);
  }

  /** What the homeserver tells of it, or undefined if it does not have it. `maxAgeMs`: an answer that is not older will do. */
  async details(maxAgeMs = 0): Promise<RoomDetails | undefined> {
    return this.lastDetails.get(maxAgeMs, () => unlessAbsent(this.client.roomDetails(this.id)));
  }

  /** The details, with what its state tells where the homeserver has no statistics of it, and what neither of them tells. */
  async identity(maxAgeMs = 0): Promise<Identity | undefined> {
    return this.lastIdentity.get(maxAgeMs, async () => {
      const details = await this.details(maxAgeMs);
      return details && readIdentity(this.client, this.id, details);
    });
  }

  /**
   * Who is in it, or undefined if the homeserver does not have it. `maxAgeMs`: an answer that is not older will do. `told`: its
   * details, if they were asked for just now.
   */
  async members(maxAgeMs = 0, told?: RoomDetails): Promise<Members | undefined> {
    return this.lastMembers.get(maxAgeMs, async () => {
      const details = told ?? (await this.details(maxAgeMs));
      return details && this.finder.all(details);
    });
  }

  /** How many have joined it, or undefined if the homeserver does not have it. */
  async memberCount(): Promise<MemberCount | undefined> {
    return this.finder.count();
  }

  /**
   * The rooms that it names as its children, if it is a space: whoever may edit it decides which they are. None if the
   * homeserver does not have it, undefined where it does not answer for its state.
   */
  async children(): Promise<string[] | undefined> {
    const state = await unlessTooMuch(
      unlessAbsent(this.client.roomState(this.id, "m.space.child", roomLimits)).then(
        (events) => events ?? [],
      ),
    );
    const isChild = ({ content: { via } }: StateEvent) => Array.isArray(via) && via.length > 0;
    return state
      ?.filter(isChild)
      .map(({ stateKey = "" }) => stateKey)
      .filter((id) => roomIdFault(id) === undefined);
  }

  /** The local users who have joined it, as of now, or undefined if the homeserver does not have it. */
  async joinedLocally(): Promise<string[] | undefined> {
    return this.finder.joinedLocally();
  }

  /** Which of these users, who have not joined it, are shown to be outside. */
  async outside(users: readonly string[]): Promise<string[]> {
    return this.finder.outside(users);
  }

  /** All users who have joined it, of all servers, as far as the homeserver knows them. */
  async joinedEverywhere(): Promise<string[]> {
    return (await unlessAbsent(this.client.roomMembers(this.id))) ?? [];
  }

  /** Its whole state, to the letter. Undefined if the homeserver does not have it. */
  async stateText(): Promise<EventText[] | undefined> {
    const limits = { timeoutMs: Infinity, maxBytes: stateMaxBytes };
    return unlessAbsent(this.client.stateText(this.id, limits));
  }

  /** Its events, oldest first and to the letter: all of them, or those after a place of an earlier reading. */
  history(after: string | undefined): AsyncGenerator<Stretch> {
    return historyOf(this.client, this.id, after);
  }

  /** Whether joining it is refused. */
  async isBlocked(): Promise<boolean> {
    return this.client.isRoomBlocked(this.id);
  }

  /** The same, and who has set the block. */
  async block(): Promise<RoomBlock> {
    return this.client.roomBlock(this.id);
  }

  /** Blocks or unblocks it. */
  async putBlock(block: boolean): Promise<void> {
    await this.client.setRoomBlock(this.id, block);
  }

  /** The same, and says so. */
  async setBlock(block: boolean): Promise<void> {
    await this.putBlock(block);
    this.log(block ? "blocked" : "no longer blocked");
  }

  /**
   * Quarantines the media of a room that is still there, and says how many there were. It goes on at the homeserver where its
   * answer is lost, as to a proxy's patience, and to ask for it again does no harm: what is answered then is through.
   * `otherwise`: what a failure means for the shutdown.
   */
  async quarantineMedia(otherwise: string): Promise<number> {
    const patience = new Patience(this.host.clock, ({ message }) => {
      this.log(`asks again whether the media is quarantined, for up to ten minutes. ${message}`);
    });
    for (;;) {
      try {
        const { quarantinedMedia } = await this.client.quarantineMedia(this.id);
        this.log(`${quarantinedMedia} media quarantined`);
        return quarantinedMedia;
      } catch (error) {
        if (!(error instanceof SynapseRequestError)) throw error;
        if (error.isServerAway && (await patience.wait(error))) continue;
        throw unquarantined(this.id, otherwise, error);
      }
    }
  }

  /** Its shutdowns, oldest first: queued, running, and those that ended in the last seven days. */
  async shutdowns(): Promise<ShutdownTask[]> {
    return this.tasks.ofRoom(this.id);
  }

  /** The same without a request for each room, see {@link ShutdownTasks.known}. */
  async knownShutdowns(maxAgeMs: number): Promise<ShutdownTask[]> {
    return this.tasks.known(this.id, maxAgeMs);
  }

  /** Sends the v2 delete call. Gives the `delete_id`. */
  async startShutdown(options: DeleteRoomOptions): Promise<string> {
    return (await this.client.deleteRoom(this.id, options)).deleteId;
  }
}

/** Media that can't be quarantined must not keep a room from being shut down for ever: the message says how to go on. */
function unquarantined(roomId: string, otherwise: string, failure: SynapseRequestError): Error {
  const what = failure.isAnswerLost
    ? `Whether the media of ${roomId} is quarantined by now is not known, since each answer was lost.`
    : `The media of ${roomId} could not be quarantined.`;
  const help =
    "To go on without: quarantine it at the homeserver itself (POST /_synapse/admin/v1/room/ROOM_ID/media/quarantine), and " +
    "set quarantineMedia to false.";
  return new Error(`${what} ${otherwise} ${failure.message} ${help}`, { cause: failure });
}
