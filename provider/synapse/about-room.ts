import { z } from "zod";

/**
 * An answer about this room. A proxy that decodes the path of a request before it passes it on can lead to another room, whose
 * id is a part of this one's: `!a/../!b:server`.
 */
export function aboutRoom<T>(roomId: string, schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .looseObject({ room_id: z.literal(roomId, answerOfAnotherRoom) })
    .transform((answer): unknown => answer)
    .pipe(schema);
}

const answerOfAnotherRoom =
  "it is about another room than the one that was asked for, so a proxy before the homeserver changes the ids in paths";
