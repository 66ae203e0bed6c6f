import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestHomeserver } from "../synapse/homeserver";

/** A request, as {@link ExpiringTokens} sees it. */
export interface TokenUse {
  readonly token: string;
  readonly method: string;
  readonly path: string;
}

/** What all tokens that are made up for {@link ExpiringTokens} begin with. */
export const expiringPrefix = "syt_expiring_";

/**
 * A proxy in front of a homeserver that takes tokens of its own, and refuses each for ever as soon as the test says that it
 * has expired: with the admin API's own tokens that would take minutes.
 */
export class ExpiringTokens {
  /** Requests that were let through, and those that were refused. */
  readonly taken: TokenUse[] = [];
  readonly refused: TokenUse[] = [];
  /** Whether the token of a request has expired by now. */
  hasExpired: (use: TokenUse) => boolean = () => false;
  private readonly expired = new Set<string>();
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });

  constructor(private readonly homeserver: Pick<TestHomeserver, "url" | "adminToken">) {}

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = request;
    const body = await buffer(request);
    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    const use = { token, method, path };
    if (!token.startsWith(expiringPrefix) || this.expired.has(token) || this.hasExpired(use)) {
      this.refused.push(use);
      this.expired.add(token);
      const error = { errcode: "M_UNKNOWN_TOKEN", error: `Expired: ${token}`, soft_logout: true };
      response.writeHead(401).end(JSON.stringify(error));
      return;
    }
    this.taken.push(use);
    const answer = await fetch(`${this.homeserver.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.homeserver.adminToken}`,
        "Content-Type": "application/json",
      },
      body: body.length === 0 ? null : body,
    });
    response.writeHead(answer.status).end(await answer.text());
  }
}
