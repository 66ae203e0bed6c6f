/**
 * Which rooms `getRooms` looks for. All that are set have to hold; at least one is needed. A room of which the homeserver can't
 * tell whether one holds is left out, and which is said.
 */
export interface RoomFilters {
  /** Who made it, `@user:server`. */
  creator?: string;
  /** The server of whoever made it, such as `spam.example`. */
  creatorServer?: string;
  /** The server that it was made on: the one in its id or, since room version 12 has none there, its creator's. */
  roomServer?: string;
  /** A part of its name, whatever the case of the letters. */
  nameContains?: string;
  /** Its name matches this. Without the flags `g` and `y`. */
  nameMatches?: RegExp;
  /** Whether somebody of this homeserver has joined it; `false`: nobody has. By membership: statistics are not believed. */
  hasLocalMembers?: boolean;
  /** Not more joined members of this homeserver than this, 0 or more. By membership. */
  maxLocalMembers?: number;
  /**
   * Not fewer joined members than this on all servers, 1 or more. By membership: those of other servers are known only where
   * somebody of this one has joined.
   */
  minJoinedMembers?: number;
  /** Whether it is in this homeserver's directory of public rooms. */
  isPublic?: boolean;
  /** Whether it is encrypted. */
  isEncrypted?: boolean;
  /** Its type, such as `m.space`. `""`: an ordinary room. */
  type?: string;
  /**
   * The id of a space: it and all that is below it, as far as this homeserver knows; spaces in spaces, too. Who may edit a space
   * decides what that is.
   */
  inSpace?: string;
  /** A user of this homeserver who has joined it, `@user:server`. */
  joinedBy?: string;
}

/** Arguments of `getRooms`. */
export interface GetRoomsArgs extends RoomFilters {
  /** The most rooms that are wanted, 1 to 10,000. If more match, that is an error: nobody reviews what nobody has counted. */
  atMost: number;
}

/** A room that was found. What the homeserver does not tell is absent. Counts are counts of memberships. */
export interface FoundRoom {
  /** Its id. */
  roomId: string;
  /** Its name. */
  name?: string;
  /** Its canonical alias, `#name:server`. */
  canonicalAlias?: string;
  /** Who made it, `@user:server`. */
  creator?: string;
  /** The version of the room, such as `12`. */
  version?: string;
  /** `m.space`: a space. Absent: an ordinary room. */
  type?: string;
  /** Joined members on all servers. Absent where nobody of this homeserver has joined it: then it does not know the others. */
  joinedMembers?: number;
  /** Joined members of this homeserver. */
  joinedLocalMembers?: number;
  /** Whether it is in this homeserver's directory of public rooms. */
  isPublic?: boolean;
  /** Whether it is encrypted. */
  isEncrypted?: boolean;
  /** Which of `name`, `canonicalAlias`, `type` and `isEncrypted` the homeserver could not tell. Absent: none. */
  untold?: string[];
}
