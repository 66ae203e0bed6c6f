import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { SynapseAdminClient } from "../../../provider/synapse/admin-client";
import { SynapseRequestError } from "../../../provider/synapse/errors";

/** The access token of its clients. */
export const token = "syt_recognisable_token";

/** How a request is answered. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** The same answer whatever is asked. */
export const answer =
  (status: number, body: string | object, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** A real HTTP server that gives these replies, the last one for ever, and keeps what it was asked. */
export class ScriptedServer {
  readonly requests: string[] = [];
  readonly bodies: string[] = [];
  private readonly server: Server;

  constructor(private readonly replies: Reply[]) {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        this.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
        this.bodies.push(body);
        const reply = this.replies.length > 1 ? this.replies.shift() : this.replies[0];
        reply?.(response, request);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async client(requestTimeoutMs = 2_000): Promise<SynapseAdminClient> {
    const homeserverUrl = await this.listen();
    return new SynapseAdminClient({
      homeserverUrl,
      accessToken: () => Promise.resolve(token),
      requestTimeoutMs,
      retryDelayFactorMs: 1,
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** The error of a request that has to fail. It must not show the token. */
export async function failure(operation: Promise<unknown>): Promise<SynapseRequestError> {
  const error = await operation.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SynapseRequestError, inspect(error));
  for (const text of [
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    error.stack ?? "",
  ]) {
    assert.ok(!text.includes(token), text);
  }
  return error;
}
