import http, {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A homeserver all of whose rooms have a history of so many events, which would take it minutes to make. */
export class LongHistory {
  private constructor(
    private readonly target: string,
    private readonly server: Server,
    private readonly count: number,
    private readonly onDelete: () => void,
  ) {}

  /** In front of a real one, which answers everything else. `onDelete`: what happens right before a delete call. */
  static async start(
    target: string,
    count: number,
    onDelete: () => void = () => undefined,
  ): Promise<LongHistory> {
    const server = createServer();
    const history = new LongHistory(target, server, count, onDelete);
    server.on("request", (request, response) => {
      history.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return history;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = "", method, headers } = request;
    const { pathname, searchParams } = new URL(url, this.target);
    if (pathname.endsWith("/messages")) {
      const from = Number(searchParams.get("from") ?? 0);
      response.end(this.page(from, Number(searchParams.get("limit"))));
      return;
    }
    if (method === "DELETE") this.onDelete();
    const onward = http.request(`${this.target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    request.pipe(onward);
  }

  private page(from: number, limit: number): string {
    const to = Math.min(this.count, from + limit);
    const chunk = Array.from({ length: to - from }, (_, index) => eventAt(from + index));
    return JSON.stringify(to > from ? { chunk, start: String(from), end: String(to) } : { chunk });
  }
}

/** As long as events are usually. */
function eventAt(index: number): object {
  return {
    type: "m.room.message",
    event_id: `$${String(index).padStart(43, "0")}`,
    room_id: `!${"r".repeat(43)}`,
    sender: "@somebody:example.org",
    origin_server_ts: 1_700_000_000_000 + index,
    content: { msgtype: "m.text", body: `${index} ${"words ".repeat(40)}`, "m.mentions": {} },
    unsigned: { age: index },
  };
}
