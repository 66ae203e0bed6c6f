import type { Edit } from "./database";

/** Rooms that are in the database alone: as the list, the statistics and the members tell them. */
export interface ManyRooms {
  readonly count: number;
  readonly serverName: string;
}

/** Of the rooms, this many in a hundred are of the spammer, and this many have no local member. */
const [spamOf100, emptyOf100] = [1, 5];

/** Who has made the spam among them. */
export const spammerOf = ({ serverName }: Pick<ManyRooms, "serverName">) =>
  `@spammer:${serverName}`;

/** How many of them are the spammer's, and how many have no local member. */
export const sharesOf = ({ count }: Pick<ManyRooms, "count">) => ({
  spam: (count / 100) * spamOf100,
  empty: (count / 100) * emptyOf100,
});

/**
 * Puts rooms into the database, each with three members, but for a few: to make thousands by requests would take an hour. They
 * have no events: what is asked for here is answered without. The statistics are right.
 */
export function manyRooms({ count, serverName }: ManyRooms): Edit {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;
  const room = `'!many' || i || ':${serverName}'`;
  const isSpam = `i % 100 < ${spamOf100}`;
  const isEmpty = `i % 100 >= ${100 - emptyOf100}`;
  const members = `CASE WHEN ${isEmpty} THEN 0 ELSE 3 END`;
  const statements = [
    `INSERT INTO rooms (room_id, is_public, creator, room_version) ${numbers}
       SELECT ${room}, i % 2, CASE WHEN ${isSpam} THEN '@spammer' ELSE '@user' || (i % 500) END || ':${serverName}', '11' FROM n`,
    `INSERT INTO room_stats_state (room_id, name, join_rules, is_federatable) ${numbers}
       SELECT ${room}, CASE WHEN ${isEmpty} THEN NULL ELSE 'Room number ' || i END,
         CASE WHEN ${isEmpty} THEN NULL ELSE 'public' END, 1 FROM n`,
    `INSERT INTO room_stats_current (room_id, current_state_events, joined_members, invited_members, left_members,
       banned_members, local_users_in_room, completed_delta_stream_id) ${numbers}
       SELECT ${room}, 9, ${members}, 0, 0, 0, ${members}, 0 FROM n`,
    ...[0, 1, 2].map(
      (
        member,
      ) => `INSERT INTO current_state_events (event_id, room_id, type, state_key, membership) ${numbers}
       SELECT '$many' || i || '-${member}', ${room}, 'm.room.member', '@user' || ((i + ${member}) % 500) || ':${serverName}', 'join'
       FROM n WHERE NOT ${isEmpty}`,
    ),
  ];
  return async (query) => {
    for (const statement of statements) await query(statement);
  };
}
