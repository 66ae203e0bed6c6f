import type { TestHomeserver } from "./homeserver";
import type { SynapseProcess } from "./synapse-process";

type Query = SynapseProcess["query"];

/** An edit of the database that no request could make. */
export type Edit = (query: Query) => Promise<unknown>;

/**
 * Edits the database of a homeserver of our own while it is down, to what databases that were migrated, upgraded or restored
 * look like. Running it would not see the edit: it knows most of its rooms by heart.
 */
export async function editWhileDown(
  { process: synapse }: TestHomeserver,
  ...edits: Edit[]
): Promise<void> {
  if (synapse === undefined) throw new Error("this takes a homeserver of our own");
  await synapse.stop();
  for (const edit of edits) await edit((...statement) => synapse.query(...statement));
  await synapse.start();
}

/** The room is of a version that the homeserver no longer supports: it can't read any event of it. */
export function unsupported(roomId: string): Edit {
  return (query) =>
    query("UPDATE rooms SET room_version = 'org.example.unsupported' WHERE room_id = ?", roomId);
}

/**
 * The room is only partially joined, with no server left that could tell the rest: whoever asks for its members' state waits
 * for ever. Without one of its events among the partial ones, or with a server, Synapse would mend it when it starts.
 */
export function partiallyJoined(roomId: string): Edit {
  return async (query) => {
    const event =
      "SELECT room_id, event_id FROM current_state_events WHERE type = 'm.room.member' AND room_id = ? LIMIT 1";
    await query(
      "INSERT INTO partial_state_rooms (room_id, device_lists_stream_id) VALUES (?, 0)",
      roomId,
    );
    await query(`INSERT INTO partial_state_events (room_id, event_id) ${event}`, roomId);
  };
}

/** What `bloated` multiplies: part of a text that no signature covers, such as a topic or a display name. */
export const seed = "grow-it;";

/** A state event of the room that holds `seed` once takes 80 MB. Many events together would do the same, but much slower. */
export function bloated(roomId: string, type: string): Edit {
  return async (query) => {
    const statement =
      "UPDATE event_json SET json = REPLACE(json, ?, ?) WHERE room_id = ? AND json LIKE ?";
    for (const times of growth)
      await query(statement, seed, seed.repeat(times), roomId, `%"type":"${type}"%`);
  };
}

/** The topic among the room's details takes 80 MB. */
export function bloatedDetails(roomId: string): Edit {
  return async (query) => {
    await query("UPDATE room_stats_state SET topic = ? WHERE room_id = ?", seed, roomId);
    const statement = "UPDATE room_stats_state SET topic = REPLACE(topic, ?, ?) WHERE room_id = ?";
    for (const times of growth) await query(statement, seed, seed.repeat(times), roomId);
  };
}

/** How many times as long it gets, step by step: a parameter of a statement must not be long. */
const growth = [1_000, 10_000];

/** The room's statistics say that so many have joined it. They are counted up and down from there. */
export function misjudged(roomId: string, members: number): Edit {
  const counts = `joined_members = ${members}, local_users_in_room = ${members}`;
  return (query) => query(`UPDATE room_stats_current SET ${counts} WHERE room_id = ?`, roomId);
}

/** The event that a member has joined with is lost. */
export function withoutJoinOf(userId: string, roomId: string): Edit {
  const joined = "SELECT event_id FROM current_state_events WHERE room_id = ? AND state_key = ?";
  return (query) => query(`DELETE FROM event_json WHERE event_id IN (${joined})`, roomId, userId);
}

/** The room itself is lost, as after a purge that broke off: its members are still joined, but no request finds it. */
export function withoutRoom(roomId: string): Edit {
  return (query) => query("DELETE FROM rooms WHERE room_id = ?", roomId);
}
