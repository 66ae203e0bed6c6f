import { resolve } from "node:path";
import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import type { Reviewed } from "../resource/arguments";
import type { Outcome } from "../resource/outcome";
import type { RoomShutdownState } from "../resource/state";
import { codeOf, isMissing, lookAt, obstacleOf, type ArchivePlace } from "../review/archive-place";
import { contentOf, laterContentOf } from "./archive-content";
import { writeWhole, type Written } from "./archive-file";
import { findArchive, type FoundArchive } from "./archive-found";
import { ArchiveLines, type Writing } from "./archive-lines";

/** What became of an archive. */
export type Archive = NonNullable<Outcome["archive"]>;

/** The archive that a resource wants of its room. */
export class RoomArchiver {
  readonly file: string;
  /** The room as an archive of it tells that was there already. */
  reviewed: Reviewed["room"];

  constructor(
    private readonly homeserver: Homeserver,
    private readonly room: Room,
    private readonly state: RoomShutdownState & { readonly archiveFile: string },
  ) {
    this.file = state.archiveFile;
  }

  /**
   * Archives the room before a shutdown starts. An archive that is there already is added to if it is this resource's own, or
   * if no shutdown has followed it: then it was written for this one. Where its own is not here, it is left as it is.
   * Undefined: the homeserver does not know the room.
   * @throws Error if the file is not whole in the end: then nothing has its name.
   */
  async before(): Promise<Archive | undefined> {
    try {
      if ((await this.room.details()) === undefined) {
        this.room.log(
          "warning: no archive is written, since the homeserver does not have the room",
        );
        return undefined;
      }
      const elsewhere = await this.elsewhere();
      if (elsewhere !== undefined) return elsewhere;
      const place = await this.usablePlace();
      const last = (await this.room.shutdowns()).at(-1);
      const writing = await this.writing(last?.deleteId);
      const isOwn = (found: FoundArchive) =>
        found.written.sha256 === this.state.archive?.sha256 || isFor(found, writing);
      const found = await this.own(place, isOwn);
      if (found !== undefined) return await this.addTo(found, place, writing);
      return await this.write(place, writing);
    } catch (error) {
      throw new Error(
        `${this.room.id} could not be archived to ${this.name} (archiveFile): ${reasonOf(error)}. No shutdown was started. ` +
          "Set it right, or leave archiveFile out to shut the room down without an archive.",
        { cause: error },
      );
    }
  }

  /**
   * Archives what is left of a room whose shutdown was already there, unless there is an archive that was written for it, or
   * this resource's own is not here. It can't be held up, so whatever fails is a warning.
   */
  async late(deleteId: string): Promise<Archive | undefined> {
    try {
      const elsewhere = await this.elsewhere();
      if (elsewhere !== undefined) return elsewhere;
      const place = await this.usablePlace();
      const tasks = await this.room.shutdowns();
      const index = tasks.findIndex((task) => task.deleteId === deleteId);
      const writing = { ...(await this.writing(tasks[index - 1]?.deleteId)), during: deleteId };
      const isOwn = (found: FoundArchive) =>
        found.writing.during === deleteId || (index >= 0 && isFor(found, writing));
      const found = await this.own(place, isOwn);
      if (found !== undefined) return this.done(found.written, found.end);
      if ((await this.room.details()) === undefined) {
        throw new Error("the homeserver does not have the room any more");
      }
      const archive = await this.write(place, writing);
      this.room.log(
        "warning: the archive may not be complete, since the shutdown was already there when it was written",
      );
      return archive;
    } catch (error) {
      this.room.log(
        `warning: no archive was written to ${this.name}, and the shutdown that is taken over goes on: ${reasonOf(error)}`,
      );
      return undefined;
    }
  }

  private get name(): string {
    return `"${this.file}"`;
  }

  /**
   * The archive that this resource has written before, if nothing is in its place, as on another machine. What a shutdown has
   * left of the room is no archive to take its name and its record.
   */
  private async elsewhere(): Promise<Archive | undefined> {
    const { archive } = this.state;
    if (archive === undefined || resolve(archive.file) !== resolve(this.file)) return undefined;
    if (!(await isMissing(resolve(this.file)))) return undefined;
    this.room.log(
      `warning: nothing is added to the archive ${this.name}, since the file is not here: the output archive still tells the one ` +
        `that was written before, sha256 ${archive.sha256}`,
    );
    return archive;
  }

  private async usablePlace(): Promise<ArchivePlace> {
    const place = await lookAt(this.file);
    if (place.obstacle === undefined) return place;
    throw new Error(place.obstacle);
  }

  private async writing(after: string | undefined): Promise<Writing> {
    const { host } = this.homeserver;
    const requestedBy = await this.homeserver.admin();
    return { startedAt: host.clock.date().toISOString(), requestedBy, after: after ?? null };
  }

  /** The archive that has the name already, if it is one of this shutdown. Nothing else may have it. */
  private async own(
    { path, isTaken }: ArchivePlace,
    isOwn: (found: FoundArchive) => boolean,
  ): Promise<FoundArchive | undefined> {
    if (!isTaken) return undefined;
    const { roomId, serverName } = this.state;
    const found = await findArchive(path);
    const isOfRoom = found?.roomId === roomId && found.serverName === serverName;
    if (found !== undefined && isOfRoom && isOwn(found)) {
      this.reviewed = found.room;
      return found;
    }
    throw new Error(
      "a file of this name exists already, which is not a whole archive for this shutdown, and is never overwritten: name another file",
    );
  }

  private async write({ path }: ArchivePlace, writing: Writing): Promise<Archive> {
    const lines = new ArchiveLines();
    const content = contentOf(this.room, lines, { reviewed: this.state, writing }, this.clock);
    return this.done(await writeWhole(path, content, { addsTo: false }), lines);
  }

  /** What has happened in the room since. What is in the file stays: it may be gone from the homeserver by now. */
  private async addTo(
    { lines, end, written }: FoundArchive,
    { path }: ArchivePlace,
    writing: Writing,
  ): Promise<Archive> {
    const content = laterContentOf(this.room, lines, { end, writing }, this.clock);
    // Nothing is written until it is known that there is something.
    const first = await content.next();
    if (first.done) return this.done(written, end);
    const all = startingWith(first.value, content);
    return this.done(await writeWhole(path, all, { addsTo: true }), lines);
  }

  private done({ sha256, bytes }: Written, { events }: { events: number }): Archive {
    this.room.log(`archived to ${this.name}: ${events} events, ${bytes} bytes, sha256 ${sha256}`);
    return { file: this.file, sha256, events, bytes };
  }

  private get clock() {
    return this.homeserver.host.clock;
  }
}

/** Whether an archive was written for the shutdown that comes next: none has followed the one that it came after. */
function isFor({ writing }: FoundArchive, { after }: Writing): boolean {
  return writing.after === after && writing.during === undefined;
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function reasonOf(error: unknown): string {
  if (codeOf(error) !== undefined) return obstacleOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replace(/\.$/, "");
}
