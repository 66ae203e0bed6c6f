import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "../machine/paths";

/** An access token, and the refresh token that gets the next one. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Writes the script of docs/tokens.md that renews a token into a folder. Gives its path. */
export function writeRenewScript(folder: string): string {
  const page = readFileSync(join(root, "docs", "tokens.md"), "utf8");
  const [, script] = /```js\n(\/\/ renew-token\.mjs[^]*?)```/.exec(page) ?? [];
  if (script === undefined) throw new Error("docs/tokens.md has no renew-token.mjs");
  const path = join(folder, "renew-token.mjs");
  writeFileSync(path, script);
  return path;
}

/**
 * The token endpoint of an authorization server, for a client without a secret. `renew`: gives the next pair, or undefined
 * for a refresh token that is not valid.
 */
export class TokenEndpoint {
  readonly clientId = "01JPULUMI";
  /** How many requests there were. */
  requests = 0;
  private readonly server = createServer((request, response) => {
    this.requests++;
    this.answer(request).then(
      (pair) => {
        const body = pair ?? { error: "invalid_grant" };
        response.writeHead(pair === undefined ? 400 : 200).end(JSON.stringify(body));
      },
      () => response.destroy(),
    );
  });

  constructor(private readonly renew: (refreshToken: string) => Promise<TokenPair | undefined>) {}

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/oauth2/token`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage): Promise<TokenPair | undefined> {
    const form = new URLSearchParams(await text(request));
    const isRight =
      request.method === "POST" &&
      /^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "") &&
      form.get("grant_type") === "refresh_token" &&
      form.get("client_id") === this.clientId;
    if (!isRight) throw new Error("no refresh token grant");
    return this.renew(form.get("refresh_token") ?? "");
  }
}
