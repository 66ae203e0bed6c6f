import type { SynapseAdminClient } from "../synapse/admin-client";
import { SynapseRequestError } from "../synapse/errors";
import type { EventText, HistoryPage } from "../synapse/verbatim";

/** Some of a room's events, oldest first, and the place after them, where a later reading can go on. */
export interface Stretch {
  readonly events: readonly EventText[];
  readonly next: string | undefined;
}

/** The most that Synapse gives at once, and what of it is read: events are a kilobyte usually, and 64 at most. */
const mostEvents = 1_000;
const pageMaxBytes = 8 * 2 ** 20;
/** Where not even so few come in the time allowed, it is not their number. */
const fewEvents = 20;
/** Synapse leaves out what it has rejected, and gives a page without events rather than none. */
const mostEmptyPages = 1_000;

/**
 * The events of a room, oldest first, page by page, to the first page that says that there is nothing more.
 * @throws Error if the pages do not get any further: the same events or the same place again, or only empty ones.
 */
export async function* historyOf(
  client: SynapseAdminClient,
  roomId: string,
  after: string | undefined,
): AsyncGenerator<Stretch> {
  const progress = new Progress(after);
  let limit = mostEvents;
  for (let from = after; ;) {
    const { page, limit: taken } = await askFor(client, roomId, from, limit);
    progress.see(page);
    if (page.events.length > 0) yield { events: page.events, next: page.end ?? from };
    if (page.end === undefined) return;
    [from, limit] = [page.end, taken];
  }
}

/** One page, and how many events it was asked for: fewer where so many are too long, or take too much time. */
async function askFor(
  client: SynapseAdminClient,
  roomId: string,
  from: string | undefined,
  atMost: number,
): Promise<{ page: HistoryPage; limit: number }> {
  for (let limit = atMost; ; limit = Math.ceil(limit / 4)) {
    try {
      const limits = { timeoutMs: Infinity, maxBytes: pageMaxBytes };
      return { page: await client.historyPage(roomId, { from, limit }, limits), limit };
    } catch (error) {
      if (!(error instanceof SynapseRequestError)) throw error;
      const least = error.isTooLarge ? 1 : fewEvents;
      if (!(error.isTooLarge || error.isTimeout) || limit <= least) throw error;
    }
  }
}

/** Sees to it that pages end. Of each, it keeps the place after it and its first event, so that little is kept. */
class Progress {
  private readonly places = new Set<string>();
  private readonly firsts = new Set<string>();
  private last = new Set<string>();
  private emptyPages = 0;

  constructor(after: string | undefined) {
    if (after !== undefined) this.places.add(after);
  }

  see({ ids, end }: HistoryPage): void {
    const [first] = ids;
    const here = new Set(ids);
    const isRepeated = ids.some((id) => this.last.has(id) || (id === first && this.firsts.has(id)));
    if (isRepeated || here.size < ids.length) {
      throw new Error("the homeserver gives the same events again and again");
    }
    if (end !== undefined && this.places.has(end)) {
      throw new Error("the homeserver gives the same page again and again");
    }
    this.emptyPages = first === undefined ? this.emptyPages + 1 : 0;
    if (this.emptyPages > mostEmptyPages) {
      throw new Error("the homeserver gives one page without events after the other");
    }
    if (first !== undefined) this.firsts.add(first);
    if (end !== undefined) this.places.add(end);
    this.last = here;
  }
}
