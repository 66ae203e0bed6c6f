import type { Homeserver } from "../homeserver/homeserver";
import type { DeclaredInputs } from "../resource/arguments";
import { declaredShutdowns, type Intent } from "../resource/delete-options";
import { isUnknown, type Fault } from "../resource/engine-values";
import { serverOf } from "../synapse/ids";
import type { UserAccount } from "../synapse/schemas";

/** Who is to own a notice room, by the argument that says so. */
export type Owners = Readonly<Record<string, string | undefined>>;

/** The owners of the notice rooms that the declared shutdowns make. */
export function declaredOwners(inputs: DeclaredInputs): Owners {
  const owners = declaredShutdowns(inputs).map(({ intent, inputs: { newRoomUserId } }) => [
    ownerProperty(inputs, intent),
    newRoomUserId,
  ]);
  return Object.fromEntries(owners) as Owners;
}

/** The argument that names the owner of a hook's notice room. */
export function ownerProperty({ onDelete }: DeclaredInputs, intent: Intent): string {
  const isOverridden = intent === "delete" && onDelete?.newRoomUserId !== undefined;
  return isOverridden ? "onDelete.newRoomUserId" : "newRoomUserId";
}

/** Owners who are not of this homeserver. Synapse finds out only after it has removed the members. */
export function foreignOwnerFaults(owners: Owners, serverName: string): Fault[] {
  return knownOwners(owners)
    .filter(([, user]) => serverOf(user) !== serverName)
    .map(([property]) => ({
      property,
      reason: `must be a user of this homeserver, @user:${serverName}.`,
    }));
}

/**
 * Owners who could not do what a notice room wants of them. Synapse makes a room even for a user who does not exist, and
 * moves the members there. `maxAgeMs`: an answer that is not older will do.
 */
export async function ownerFaults(
  homeserver: Homeserver,
  owners: Owners,
  serverName: string,
  maxAgeMs: number,
): Promise<Fault[]> {
  const foreign = foreignOwnerFaults(owners, serverName);
  if (foreign.length > 0) return foreign;
  const faults = knownOwners(owners).map(async ([property, user]): Promise<Fault[]> => {
    const what = accountFault(await homeserver.user(user, maxAgeMs));
    if (what === undefined) return [];
    const reason = `is a user ${what}. The owner of a notice room must be a user of this homeserver who can act.`;
    return [{ property, reason }];
  });
  return (await Promise.all(faults)).flat();
}

function knownOwners(owners: Owners): [string, string][] {
  return Object.entries(owners).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !isUnknown(entry[1]),
  );
}

function accountFault(account: UserAccount | undefined): string | undefined {
  if (account === undefined) return "whom the homeserver does not know";
  if (account.deactivated) return "whose account is deactivated";
  if (account.locked) return "whose account is locked";
  if (account.suspended) return "whose account is suspended";
  if (account.shadowBanned) return "who is shadow-banned";
  return undefined;
}
