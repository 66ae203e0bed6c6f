import { isDeepStrictEqual } from "node:util";
import { Mutex, Semaphore } from "async-mutex";

interface Start {
  readonly options: object;
  readonly started: Promise<unknown>;
}

/** What a process has on its way at one homeserver. */
export class InFlight {
  /** A shutdown holds one of these from its start to its end. */
  readonly slots: Semaphore;
  private readonly starts = new Map<string, Start>();
  private readonly rooms = new Map<string, Mutex>();

  constructor(maxConcurrentShutdowns: number) {
    this.slots = new Semaphore(maxConcurrentShutdowns);
  }

  /**
   * Starts something in a room, one at a time, and only once for each key: who wants the same gets what was started. `refuse`
   * gives the error for one that wants it with other options.
   */
  async startOnce<Options extends object, T>(
    roomId: string,
    key: string,
    options: Options,
    start: () => Promise<T>,
    refuse: (others: Options) => Error,
  ): Promise<T> {
    const other = this.starts.get(key);
    if (other !== undefined) {
      if (!isDeepStrictEqual(other.options, options)) throw refuse(other.options as Options);
      return other.started as Promise<T>;
    }
    const started = this.alone(roomId, start);
    this.starts.set(key, { options, started });
    try {
      return await started;
    } catch (error) {
      this.starts.delete(key);
      throw error;
    }
  }

  private async alone<T>(roomId: string, work: () => Promise<T>): Promise<T> {
    const mutex = this.rooms.get(roomId) ?? new Mutex();
    this.rooms.set(roomId, mutex);
    return mutex.runExclusive(work);
  }
}
