import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { FaultProxy, SeenRequest } from "../network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../synapse/homeserver";
import { Scenario, connectionTo, succeeded, type Run } from "../engine/scenario";

/** The calls on the homeserver, by the names that the table in docs/lifecycle.md gives them. */
const calls = {
  whoami: ["GET", /account\/whoami$/],
  alias: ["GET", /directory\/room\//],
  details: ["GET", /admin\/v1\/rooms\/[^/]+$/],
  // In the state, and by the list where the statistics of a new room lag behind.
  members: ["GET", /admin\/v1\/rooms\/[^/]+\/(members|state\?type=m\.room\.member)$/],
  state: ["GET", /admin\/v1\/rooms\/[^/]+\/state\?type=/],
  "whole state": ["GET", /admin\/v1\/rooms\/[^/]+\/state$/],
  events: ["GET", /admin\/v1\/rooms\/[^/]+\/messages\?dir=f&/],
  block: ["GET", /admin\/v1\/rooms\/[^/]+\/block$/],
  "PUT block": ["PUT", /admin\/v1\/rooms\/[^/]+\/block$/],
  "POST media/quarantine": ["POST", /media\/quarantine$/],
  "scheduled tasks": ["GET", /scheduled_tasks\?/],
  DELETE: ["DELETE", /admin\/v2\/rooms\/[^/]+$/],
  "delete status": ["GET", /delete_status\/[^/]+$/],
} satisfies Record<string, [string, RegExp]>;

export type Call = keyof typeof calls;

/** What review calls before another hook does in the same `up`, and then the members of a room that is there. */
const review: readonly Call[] = ["whoami", "scheduled tasks", "details"];

/** A stack behind a proxy that sees its requests. */
export class Stage {
  private stack: Scenario | undefined;
  private readonly seen: SeenRequest[] = [];

  constructor(
    readonly homeserver: TestHomeserver,
    readonly proxy: FaultProxy,
  ) {}

  /** A room, and a stack that declares its shutdown and has been applied. */
  async applied(
    args: StageArgs,
    createRoom: () => Promise<TestRoom> = () => this.homeserver.createRoom(),
  ) {
    const room = await createRoom();
    await this.declare(room, args);
    succeeded(await this.scenario.up());
    return room;
  }

  async declare({ roomId }: TestRoom, args: StageArgs): Promise<void> {
    const target = args.roomAlias === undefined ? { roomId } : {};
    const declared = { room: { ...target, ...args } };
    const config = connectionTo(this.homeserver, this.proxy);
    if (this.stack === undefined) this.stack = await Scenario.create(config, declared);
    else this.stack.declare(declared);
  }

  get scenario(): Scenario {
    assert.ok(this.stack, "nothing is declared yet");
    return this.stack;
  }

  remove(): void {
    this.stack?.remove();
  }

  /** Runs an operation whose calls count. */
  async observe(operation: () => Promise<Run>): Promise<string> {
    this.proxy.reset();
    const output = succeeded(await operation());
    this.seen.push(...this.proxy.requests);
    return output;
  }

  /** The calls of the operation. `afterReview`: without those of the review before. */
  observed({ afterReview }: { afterReview: boolean }): Set<Call> {
    const names = this.seen.map(({ method, path }) => {
      const entry = Object.entries(calls).find(
        ([, [verb, pattern]]) => verb === method && pattern.test(path),
      );
      assert.ok(entry, `${method} ${path} is not among the calls of the table`);
      return entry[0] as Call;
    });
    const all = names.filter((name, index) => name !== names[index - 1]);
    if (!afterReview) return new Set(all);
    assert.deepEqual(new Set(all.slice(0, review.length)), new Set(review));
    const more = all.slice(review.length);
    return new Set(more[0] === "members" ? more.slice(1) : more);
  }

  outputs(): Record<string, unknown> {
    return this.scenario.outputs("room");
  }

  async isThere({ roomId }: TestRoom): Promise<boolean> {
    return (await this.homeserver.roomDetails(roomId)).status === 200;
  }

  /** Makes a room that has an alias. */
  async createRoomWithAlias(): Promise<{ room: TestRoom; roomAlias: string }> {
    const room = await this.homeserver.createRoom();
    const roomAlias = this.homeserver.newAlias();
    await this.homeserver.setAlias(room, roomAlias);
    return { room, roomAlias };
  }

  async tasks({ roomId }: TestRoom): Promise<number> {
    return (await this.homeserver.shutdownTasks(roomId)).length;
  }
}

/** What a stage declares of its room. */
export type StageArgs = Omit<SynapseRoomShutdownArgs, "roomId">;
