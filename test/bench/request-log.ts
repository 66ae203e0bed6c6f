import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const kinds = {
  whoami: /^GET .*\/account\/whoami/,
  details: /^GET .*\/admin\/v1\/rooms\/[^/?]+$/,
  members: /^GET .*\/(members|state\?type=m\.room\.member)$/,
  block: /^GET .*\/block$/,
  "task list": /^GET .*\/scheduled_tasks/,
  DELETE: /^DELETE .*\/admin\/v2\/rooms\//,
  "task by id": /^GET .*\/delete_status/,
  other: /./,
};

/** A kind of request to the homeserver. */
export type Kind = keyof typeof kinds;

/** How many requests of each kind. */
export type Counts = Partial<Record<Kind, number>>;

/** The requests that a Synapse has served, from its own log: nothing is in between that would cost time. */
export class RequestLog {
  constructor(
    private readonly file: string,
    private readonly url: string,
  ) {}

  /** What `work` asked for. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; counts: Counts }> {
    const start = await this.mark();
    const result = await work();
    const end = await this.mark();
    const counts: Counts = {};
    const text = readFileSync(this.file, "utf8");
    const served = text.slice(text.lastIndexOf(start), text.indexOf(end));
    for (const line of served.split("\n")) {
      const request = /Processed request: .* "((?:GET|PUT|POST|DELETE) \S+) HTTP/.exec(line)?.[1];
      if (request === undefined) continue;
      const kind =
        (Object.keys(kinds) as Kind[]).find((name) => kinds[name].test(request)) ?? "other";
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return { result, counts };
  }

  /** The log is written in lots: requests of our own fill the last one, and show how far it has got. */
  private async mark(): Promise<string> {
    const marker = `marker-${randomBytes(8).toString("hex")}`;
    do {
      await fetch(`${this.url}/_matrix/client/versions?${marker}`);
    } while (!readFileSync(this.file, "utf8").includes(marker));
    return marker;
  }
}
