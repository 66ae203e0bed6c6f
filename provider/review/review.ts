import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import type { DeclaredInputs, Reviewed } from "../resource/arguments";
import { isUnknown, type Fault } from "../resource/engine-values";
import { identityOf, roomLabel, withKnown } from "../resource/state";
import { impatiently } from "../synapse/impatience";
import { lookAt } from "./archive-place";
import { GuardError, violatedGuards } from "./guards";
import { declaredOwners } from "./owner";
import { sightOf, snapshotOf, type Sight } from "./snapshot";
import { findTarget } from "./target";
import { warningOf, type BlockBefore } from "./warnings";

interface Superseded extends Partial<Pick<Reviewed, "room">> {
  readonly deleteId: string;
}

/** What resources of this operation have to do with a target that is reviewed. */
export interface Earlier {
  /** The rooms that they have reviewed by the same alias before. */
  readonly keptRooms: readonly string[];
  /** The last shutdown of a room that is to run again, and the room as it was known then. */
  readonly supersededIn: (roomId: string) => Superseded | undefined;
}

/** What a review has found. */
interface Found {
  readonly reviewed?: Reviewed;
  readonly faults: Fault[];
}

/**
 * Looks at a new target and evaluates the guards, impatiently. What deserves a warning is said on the stack's row.
 */
export async function review(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  earlier: Earlier,
): Promise<Found> {
  return impatiently(() => look(homeserver, inputs, earlier));
}

async function look(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  { keptRooms, supersededIn }: Earlier,
): Promise<Found> {
  const serverName = await homeserver.serverName();
  const versionFault = await homeserver.versionFault();
  if (versionFault !== undefined) return { faults: [{ property: "", reason: versionFault }] };
  const found = await findTarget(homeserver, inputs, keptRooms);
  if ("fault" in found) return { faults: [found.fault] };
  const room = homeserver.room(found.roomId);
  const before = supersededIn(room.id);
  const sight = withKnownNames(await sightOf(room), before);
  room.label = roomLabel({ ...inputs, roomId: room.id, room: sight?.identity });
  const target = { room, serverName, identity: sight?.identity };
  const owners = declaredOwners(inputs);
  const faults = await violatedGuards(homeserver, inputs, target, owners, Infinity);
  if (faults.length === 0) {
    const tasks = await homeserver.tasks.foundAtFirst(room.id);
    const others = tasks.filter(({ deleteId }) => deleteId !== before?.deleteId);
    // The block of the one that it replaces is its own.
    const block = before === undefined ? await blockBefore(homeserver, room, inputs) : undefined;
    const found = { tasks: others, place: await placeOf(inputs), block };
    room.log(warningOf(inputs, serverName, sight, found));
  }
  const where = { roomId: room.id, serverName, homeserverUrl: homeserver.url };
  return {
    reviewed: sight === undefined ? where : { ...where, room: identityOf(snapshotOf(sight)) },
    faults,
  };
}

/** Once everybody has left, the homeserver tells no name any more. It is still the room that was reviewed. */
function withKnownNames(sight: Sight | undefined, before: Superseded | undefined) {
  if (sight === undefined || before?.room === undefined) return sight;
  const isEmpty = sight.members.local.joined.length === 0;
  return isEmpty ? { ...sight, identity: withKnown(sight.identity, before.room) } : sight;
}

/** The block that the room has already, where that is to be lifted later: who has set it says whether it will be. */
async function blockBefore(
  homeserver: Homeserver,
  room: Room,
  { unblockOnDelete }: DeclaredInputs,
): Promise<BlockBefore | undefined> {
  if (!unblockOnDelete) return undefined;
  const { block, userId } = await room.block();
  return block ? { userId, isOwn: userId === (await homeserver.admin()) } : undefined;
}

async function placeOf({ archiveFile }: DeclaredInputs) {
  const isKnown = archiveFile !== undefined && !isUnknown(archiveFile);
  return isKnown ? lookAt(archiveFile) : undefined;
}

/**
 * Reviews a target that no preview could review. It has to succeed.
 * @throws GuardError
 */
export async function reviewAtApply(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  earlier: Earlier,
): Promise<Reviewed> {
  const { reviewed, faults } = await review(homeserver, inputs, earlier);
  if (reviewed === undefined || faults.length > 0) {
    throw new GuardError(reviewed?.room && reviewed.roomId, faults);
  }
  return reviewed;
}
