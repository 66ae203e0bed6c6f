import type { Intent } from "../resource/delete-options";
import { isUnknown } from "../resource/engine-values";
import type { RoomShutdownState } from "../resource/state";
import { differing } from "../resource/words";
import type { Earlier } from "../review/review";

/** A resource whose shutdown is done with: one for the same room wants a shutdown of its own. */
export type Superseded = RoomShutdownState & { readonly deleteId: string };

type Options = Readonly<Record<string, unknown>>;

/** The options that are not known yet. */
function unknownIn(options: Options): string[] {
  return Object.keys(options).filter((name) => isUnknown(options[name]));
}

/**
 * What the resources of one operation know of each other. The engine calls the hooks for each resource by itself, but some
 * things can only be told from the others, or from the hook that was called before: a replacement is a delete and a create
 * that know nothing of each other.
 */
export class Siblings {
  /** By room that the program declares as blocked: whether the block is lifted with the resource, as far as that is known. */
  private readonly blocked = new Map<string, unknown>();
  /** By room: the resource that is replaced to run again, as it was last seen. */
  private readonly superseded = new Map<string, Superseded>();
  /** Rooms that a resource gives up for another one. */
  private readonly abandoned = new Set<string>();
  /** By hook and room: what is declared. */
  private readonly options = new Map<string, Options>();
  /** By file: the room that is archived there. */
  private readonly archives = new Map<string, string>();
  private readonly refreshed = new Set<string>();
  /** States that an update is planned for. */
  private readonly updated = new Set<string>();
  /** By alias: the rooms that resources have reviewed by it and stay with. */
  private readonly rooms = new Map<string, Set<string>>();

  /** A replacement is planned: for a new run in the same room, or for another room. */
  noteReplacement(resource: RoomShutdownState, replaces: readonly string[]): void {
    this.updated.delete(JSON.stringify(resource));
    if (replaces.some((property) => property !== "triggers")) {
      this.abandoned.add(resource.roomId);
    } else {
      this.supersede(resource);
    }
  }

  /** An update is planned: until it is a replacement after all, nothing may delete the resource. */
  noteUpdate(state: RoomShutdownState): void {
    this.updated.add(JSON.stringify(state));
  }

  /** The update runs. Another resource of the room can have the same state, and be deleted afterwards. */
  noteUpdateBegun(state: RoomShutdownState): void {
    this.updated.delete(JSON.stringify(state));
  }

  isUpdatePlanned(state: RoomShutdownState): boolean {
    return this.updated.has(JSON.stringify(state));
  }

  /** A resource was deleted, and this was its last state. Where its room was given up, nothing is to run again. */
  noteDelete(resource: RoomShutdownState): void {
    if (!this.abandoned.has(resource.roomId)) this.supersede(resource);
  }

  private supersede(resource: RoomShutdownState): void {
    const { roomId, deleteId } = resource;
    if (deleteId !== undefined) this.superseded.set(roomId, { ...resource, deleteId });
  }

  /**
   * A resource declares what is done with its room. Gives the options in which one that was declared before wants something
   * else: a room can be shut down in one way only. What one of them does not know yet may turn out to be the same.
   */
  declareOptions(roomId: string, intent: Intent, options: Options): string[] {
    const key = JSON.stringify([intent, roomId]);
    const others = this.options.get(key) ?? options;
    const [unknownHere, unknownThere] = [unknownIn(options), unknownIn(others)];
    // What was not known there is known from here on.
    const found = Object.fromEntries(unknownThere.map((name) => [name, options[name]]));
    this.options.set(key, { ...others, ...found });
    const unknown = [...unknownHere, ...unknownThere];
    return differing(options, others).filter((name) => !unknown.includes(name));
  }

  /**
   * A resource declares its room as blocked. Gives whether one that was declared before wants something else to become of the
   * block with it. A replacement is declared twice, so two that both lift it can't be told from one.
   */
  declareBlock(roomId: string, unblockOnDelete: unknown): boolean {
    const other = this.blocked.get(roomId) ?? unblockOnDelete;
    this.blocked.set(roomId, isUnknown(other) ? unblockOnDelete : other);
    return !isUnknown(other) && !isUnknown(unblockOnDelete) && other !== unblockOnDelete;
  }

  /** Whether a resource that was declared in this operation blocks the room, or may. */
  isBlockDeclared(roomId: string): boolean {
    return this.blocked.has(roomId);
  }

  /** A resource archives its room to a file. Gives whether one that was declared before archives another room there. */
  declareArchive(path: string, roomId: string): boolean {
    const other = this.archives.get(path) ?? roomId;
    this.archives.set(path, other);
    return other !== roomId;
  }

  /** A resource of this room was refreshed. What is compared from then on is no plan, until its inputs are checked. */
  noteRefresh(roomId: string): void {
    this.refreshed.add(roomId);
  }

  noteCheck(roomId: string): void {
    this.refreshed.delete(roomId);
  }

  isRefreshed(roomId: string): boolean {
    return this.refreshed.has(roomId);
  }

  /** The resource after whose shutdown one that is created for this room wants a new one. */
  supersededIn(roomId: string): Superseded | undefined {
    return this.superseded.get(roomId);
  }

  /** A resource stays with the room that it has reviewed by its alias. */
  keepRoom(roomAlias: string, roomId: string): void {
    this.rooms.set(roomAlias, (this.rooms.get(roomAlias) ?? new Set()).add(roomId));
  }

  /** What the review of a target has to know of them. */
  earlier(roomAlias: string | undefined): Earlier {
    return {
      keptRooms: [...(this.rooms.get(roomAlias ?? "") ?? [])],
      supersededIn: (roomId) => this.superseded.get(roomId),
    };
  }
}
