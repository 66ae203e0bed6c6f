/** A shutdown that is done with: a resource for the same room wants one of its own. */
export interface Superseded {
  readonly deleteId: string;
  readonly adoptDeleteId: string | undefined;
}

/**
 * What an operation of the engine has come across so far. The engine calls the hooks for each resource by itself, but some
 * things can only be told from the others, or from the hook that was called before: a replacement is a delete and a create
 * that know nothing of each other.
 */
export class Operation {
  /** By room: the last shutdown of the resources that are replaced to run again. */
  readonly superseded = new Map<string, Superseded>();
  /** Rooms that a resource gives up for another one. */
  readonly abandoned = new Set<string>();
  /** By alias: the rooms that resources have reviewed by it and stay with. */
  private readonly rooms = new Map<string, Set<string>>();
  /** Rooms that the program declares as blocked. */
  readonly blocked = new Set<string>();

  /** A resource stays with the room that it has reviewed by its alias. */
  keepRoom(roomAlias: string, roomId: string): void {
    this.rooms.set(roomAlias, (this.rooms.get(roomAlias) ?? new Set()).add(roomId));
  }

  keptRooms(roomAlias: string): string[] {
    return [...(this.rooms.get(roomAlias) ?? [])];
  }
}
