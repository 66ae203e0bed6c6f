import { fstatSync } from "node:fs";
import { connect } from "node:net";
import { finished, type Readable, type Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** The engine is gone, and with it whoever could see or stop what would be started now. Nobody is left to read a message. */
export class EngineGoneError extends Error {
  override readonly name = "EngineGoneError";
}

/** What ties the host's process to the engine that launched it. */
export interface Ties {
  /** Standard input, where it is a pipe: the engine holds its other end and never writes to it. */
  readonly input: Readable | undefined;
  /** Standard output, where it is a pipe: the engine reads lines from it, and skips blank ones. */
  readonly output: Writable | undefined;
  /** Where the engine listens for its plugins, as `host:port`. It is the host's last argument. */
  readonly address: string | undefined;
  /** Ends this process. */
  readonly exit: () => void;
}

/** How soon a sign that stands alone is looked at again: a process that is killed closes one thing after the other. */
const confirmMs = 100;
/** How often it is looked at once standard input has ended. */
const watchMs = 1_000;
const connectTimeoutMs = 3_000;

/**
 * The engine, as its dynamic-provider host sees it. A killed engine leaves the host running, with all that was asked of it. So
 * the host looks before each request whether the engine is still there, and ends when it isn't; also while it only waits.
 *
 * Three things tell, and no single one is believed: standard input ends, standard output breaks, the engine's address refuses
 * connections. Two of them do where that address was seen open before. A host that was started by hand, for a debugger,
 * never gets that far.
 */
export class Engine {
  private hasInputEnded = false;
  private isOutputBroken = false;
  private readonly wasReachable: Promise<boolean>;

  /** Begins to watch. */
  constructor(private readonly ties: Ties) {
    const { input, address } = ties;
    this.wasReachable = lookAt(address).then((found) => {
      const isOpen = found === "open";
      if (isOpen) this.hasInputEnded = false; // It was closed from the start.
      return isOpen;
    });
    if (input !== undefined) finished(input.resume(), { writable: false }, () => void this.watch());
  }

  /**
   * Makes sure that the engine is there. Otherwise it ends this process.
   * @throws EngineGoneError
   */
  async assertLives(): Promise<void> {
    if (!(await this.isGone())) return;
    this.ties.exit();
    throw new EngineGoneError();
  }

  private async isGone(): Promise<boolean> {
    // Where it is gone from the start, nothing could be seen to change: then all three have to say so.
    const enough = (await this.wasReachable) ? 2 : 3;
    const signs = await this.signs();
    if (signs === 0) return false;
    if (signs >= enough) return true;
    await sleep(confirmMs);
    return (await this.signs()) >= enough;
  }

  private async signs(): Promise<number> {
    this.isOutputBroken ||= await isBroken(this.ties.output);
    const seen = [this.hasInputEnded, this.isOutputBroken].filter(Boolean).length;
    if (seen === 0) return 0;
    const isRefused = (await lookAt(this.ties.address)) === "refused";
    return seen + (isRefused ? 1 : 0);
  }

  /** Once standard input has ended. Nothing else may look for hours, as in a wait for a turn. */
  private async watch(): Promise<void> {
    this.hasInputEnded = true;
    try {
      for (;;) {
        await this.assertLives();
        await sleep(watchMs, undefined, { ref: false });
      }
    } catch (error) {
      if (!(error instanceof EngineGoneError)) throw error;
    }
  }
}

/**
 * The ties of this process. From now on it bears that nobody reads what it writes: unheard, each line would be an uncaught
 * exception, which the SDK's host reports by a further line, and so for ever.
 */
export function ownTies(): Ties {
  const { stdin, stdout, stderr, argv } = process;
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
  return {
    input: isPipe(0) ? stdin : undefined,
    output: isPipe(1) ? stdout : undefined,
    address: argv.slice(2).at(-1),
    exit: () => process.exit(1),
  };
}

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

async function isBroken(output: Writable | undefined): Promise<boolean> {
  if (output === undefined) return false;
  return new Promise((resolve) => {
    output.write("\n", (error) => {
      resolve(error instanceof Error);
    });
  });
}

/** Whether something listens at an address. Only a refusal says that nothing does. */
async function lookAt(address = ""): Promise<"open" | "refused" | "unclear"> {
  const [, host, port] = /^\[?([\w.:]+?)\]?:(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535) return "unclear";
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: connectTimeoutMs });
    const end = (found: "open" | "refused" | "unclear") => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", () => {
      end("open");
    });
    socket.once("timeout", () => {
      end("unclear");
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      end(code === "ECONNREFUSED" ? "refused" : "unclear");
    });
  });
}
