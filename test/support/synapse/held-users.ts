import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const held = new Set<string>();

/**
 * Where a homeserver of our own looks for a file of a user who must not leave a room yet, or of a room that must not be shut
 * down, see synapse_users.py.
 */
export function heldUsersFolder(dataFolder: string): string {
  return join(dataFolder, "held-users");
}

/** Holds a user in all rooms, and with that every shutdown that comes to this user. Gives what lets the user go. */
export function holdUser(dataFolder: string, userId: string): () => void {
  const folder = heldUsersFolder(dataFolder);
  const file = join(folder, userId);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "");
  held.add(file);
  return () => {
    rmSync(file, { force: true });
    held.delete(file);
  };
}

/** Lets all users of all homeservers go: what a test has held must not stay so when it has failed. */
export function letAllUsersGo(): void {
  for (const file of held) rmSync(file, { force: true });
  held.clear();
}
