import assert from "node:assert/strict";
import { once } from "node:events";
import http, {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { breakOff, type Answer, type Break } from "./broken-answer";

/** What happens to a request. */
export type Fault =
  /** The connection is closed before the request reaches the homeserver, and the next ones are refused for a moment. */
  | { readonly kind: "refuse" }
  /** The connection is reset before or after the request reaches the homeserver. */
  | { readonly kind: "reset"; readonly forward: boolean }
  /** The request reaches the homeserver late, and so does its answer. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The request is done, and its answer breaks off, or another one with this status. */
  | { readonly kind: "cut"; readonly how: Break; readonly status?: number }
  /** The request is done, and its answer never comes. */
  | { readonly kind: "silence" }
  /** Something happens before the request goes on. */
  | { readonly kind: "meanwhile"; readonly act: () => Promise<unknown> }
  /** Something else is answered, before or after the request reached the homeserver. */
  | {
      readonly kind: "answer";
      readonly forward: boolean;
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    };

/** The n-th request (from 1) whose method and path match gets the fault, and with `lasts` all that come after it. */
export interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly nth: number;
  readonly lasts?: boolean;
  readonly fault: Fault;
}

/** A request that went through the proxy, or was to go. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** Whether it came on a connection that had been used before. */
  readonly isOnUsed: boolean;
}

const refuseMs = 200;

/** An HTTP proxy in front of a real homeserver that does what the network between can do. */
export class FaultProxy {
  readonly requests: SeenRequest[] = [];
  /** How many requests were reset since they came on a connection that had been used before. */
  resets = 0;
  private readonly used = new WeakSet<object>();
  private static readonly all = new Set<FaultProxy>();
  private rules: { rule: Rule; matched: number }[] = [];
  private port = 0;
  private isBack = Promise.resolve();

  private constructor(
    private readonly target: string,
    private readonly server: Server,
    private readonly resetsReused: boolean,
  ) {}

  /** `resetsReused`: each connection is reset at its second request, as if it had just been closing. */
  static async start(target: string, { resetsReused = false } = {}): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(target, server, resetsReused);
    FaultProxy.all.add(proxy);
    server.on("request", (request, response) => {
      void proxy.handle(request, response);
    });
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /**
   * That each fault of each proxy has happened: what was to show how one is survived has shown nothing otherwise. Those that
   * have not are forgotten.
   */
  static assertFaultsDone(): void {
    for (const proxy of FaultProxy.all) proxy.assertFaultsDone();
  }

  private assertFaultsDone(): void {
    const missed = this.rules.filter(({ rule, matched }) => matched < rule.nth);
    this.rules = this.rules.filter((one) => !missed.includes(one));
    const names = missed.map(
      ({ rule: { method, path, nth } }) => `${method} ${path.source} (${nth})`,
    );
    assert.deepEqual(names, [], "faults that did not happen");
  }

  /** Forgets earlier rules, whose faults must have happened, and requests. */
  reset(...rules: Rule[]): void {
    this.assertFaultsDone();
    this.rules = rules.map((rule) => ({ rule, matched: 0 }));
    this.requests.length = 0;
  }

  /** Waits until it takes connections again, after those that were to be refused. */
  async whenBack(): Promise<void> {
    await this.isBack;
  }

  /** Waits for one of the next requests: 1 is the next one. */
  async nthRequest(nth: number): Promise<void> {
    const enough = this.requests.length + nth;
    while (this.requests.length < enough) await once(this.server, "request");
  }

  /** How often each rule has met its request: 0 or 1. */
  get faultsDone(): number {
    return this.rules.filter(({ rule, matched }) => matched >= rule.nth).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = request;
    const isOnUsed = this.used.has(request.socket);
    this.requests.push({ method, path, authorization: headers.authorization, isOnUsed });
    if (this.resetsReused && isOnUsed) {
      this.resets++;
      request.socket.resetAndDestroy();
      return;
    }
    this.used.add(request.socket);
    const body = await readAll(request);
    const fault = this.faultFor(method, path);
    try {
      await this.act(fault, request, body, response);
    } catch {
      response.destroy(); // The homeserver is away: so is the proxy.
    }
  }

  private faultFor(method: string, path: string): Fault | undefined {
    const hits = this.rules.filter(({ rule }) => rule.method === method && rule.path.test(path));
    for (const hit of hits) hit.matched++;
    const meets = ({ rule, matched }: (typeof hits)[number]) =>
      rule.lasts === true ? matched >= rule.nth : matched === rule.nth;
    return hits.find(meets)?.rule.fault;
  }

  private async act(
    fault: Fault | undefined,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ) {
    switch (fault?.kind) {
      case undefined:
        await this.pass(request, body, response);
        return;
      case "meanwhile":
        await fault.act();
        await this.pass(request, body, response);
        return;
      case "refuse":
        this.server.close();
        this.server.closeAllConnections();
        this.isBack = sleep(refuseMs).then(() => this.listen());
        return;
      case "reset":
        if (fault.forward) await this.forward(request, body);
        response.socket?.resetAndDestroy();
        return;
      case "delay":
        setTimeout(() => {
          // Whoever asked may have gone by now.
          void this.pass(request, body, response).catch(() => response.destroy());
        }, fault.ms);
        return;
      case "silence":
        await this.forward(request, body);
        return;
      case "cut":
        await this.cut(fault, request, body);
        return;
      case "answer":
        if (fault.forward) await this.forward(request, body);
        response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
    }
  }

  private async cut(
    { how, status }: Extract<Fault, { kind: "cut" }>,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<void> {
    const answer = await this.forward(request, body);
    const other = Buffer.from('{"errcode":"M_FORBIDDEN","error":"This is not allowed"}');
    const told = status === undefined ? answer : { ...answer, status, body: other };
    await breakOff(request.socket, told, how);
  }

  private async pass(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const answer = await this.forward(request, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private async forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = http.request(`${this.target}${url ?? ""}`, { method, headers }, (answer) => {
        readAll(answer).then((text) => {
          const { "transfer-encoding": _, ...rest } = answer.headers;
          resolve({ status: answer.statusCode ?? 500, headers: rest, body: text });
        }, reject);
      });
      onward.once("error", reject);
      onward.end(body);
    });
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
