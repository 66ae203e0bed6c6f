import { z } from "zod";
import type { Reviewed } from "./arguments";

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const count = z.number().exactOptional();

/** A room as it was reviewed, where something of ours has kept it: a state, or an archive. */
export const roomSnapshotSchema = z.object({
  name: text,
  canonicalAlias: text,
  creator: text,
  version: text,
  encryption: text,
  federatable: flag,
  public: flag,
  type: text,
  replacementRoomId: text,
  joinedMembers: count,
  joinedLocalMembers: count,
  untold: z.array(z.string()).exactOptional(),
} satisfies Record<keyof NonNullable<Reviewed["room"]>, z.ZodType>);
