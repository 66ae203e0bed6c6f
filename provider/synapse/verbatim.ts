import { z } from "zod";
import { takeApart } from "./json-text";

// Answers whose events are kept as the homeserver has written them. To parse and write them again would change what JSON can
// hold and JavaScript can't: numbers beyond 2^53, the order of keys, 1.0.

/** An event to the letter, on one line. */
export type EventText = string;

interface Events {
  readonly events: EventText[];
  readonly ids: string[];
  /** The answer without them. */
  readonly rest: unknown;
}

/** An answer with a list of events. Why it is none is not told: the parser's message would repeat what is in the room. */
const eventsIn = (list: string) =>
  z.string().transform((text, context): Events => {
    try {
      const { elements: events, rest } = takeApart(text, list);
      return { events, ids: events.map(idOf), rest };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue({ code: "custom", message: "unreadable" });
      return z.NEVER;
    }
  });

const eventSchema = z.object({ event_id: z.string() });

/** The id of an event. Each is parsed by itself: a thousand at once would take up the memory. */
function idOf(event: EventText): string {
  const parsed = eventSchema.safeParse(JSON.parse(event));
  if (!parsed.success) throw new SyntaxError("no event");
  return parsed.data.event_id;
}

/** `GET /_synapse/admin/v1/rooms/ROOM_ID/state`, all of it */
export const stateTextSchema = eventsIn("state").transform(({ events }) => events);

/** `GET /_synapse/admin/v1/rooms/ROOM_ID/messages`. Without `end` there is nothing more. */
export const historyPageSchema = eventsIn("chunk")
  .transform(({ rest, ...page }) => ({ ...page, rest }))
  .pipe(
    z.object({
      events: z.array(z.string()),
      ids: z.array(z.string()),
      rest: z.object({ end: z.string().nullish() }),
    }),
  )
  .transform(({ events, ids, rest }) => ({ events, ids, end: rest.end ?? undefined }));

/** Some of the events of a room, one after the other: their texts, their ids, and where the next ones begin. */
export type HistoryPage = z.output<typeof historyPageSchema>;
