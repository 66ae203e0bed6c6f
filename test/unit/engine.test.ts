import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { PassThrough, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import sinon from "sinon";
import { Engine, EngineGoneError } from "../../provider/hooks/engine";

/** What can tell that the engine is gone. */
type Sign = "input" | "output" | "address";

/** How the host stands: what it has of an engine, and what shows that it is gone, from the start or later. */
interface Standing {
  readonly without?: Sign[];
  readonly from?: Sign[];
  readonly later?: Sign[];
}

describe("whether the engine is still there", () => {
  let server: Server;
  let input: PassThrough;
  let isBroken: boolean;
  let exit: sinon.SinonStub;
  beforeEach(async () => {
    server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    input = new PassThrough();
    isBroken = false;
    exit = sinon.stub(); // The engines of earlier tests go on watching.
  });
  afterEach(() => {
    server.close();
  });

  const output = () =>
    new Writable({
      write: (_line, _encoding, done) => {
        done(isBroken ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : undefined);
      },
    }).on("error", () => undefined);
  const goBad: Record<Sign, () => unknown> = {
    input: () => input.end(),
    output: () => (isBroken = true),
    address: () => new Promise((resolve) => server.close(resolve)),
  };
  const standing = async ({ without = [], from = [], later = [] }: Standing) => {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const sign of from) await goBad[sign]();
    const engine = new Engine({
      input: without.includes("input") ? undefined : input,
      output: without.includes("output") ? undefined : output(),
      address: without.includes("address") ? undefined : address,
      exit,
    });
    await engine.assertLives();
    assert.equal(exit.callCount, 0);
    for (const sign of later) await goBad[sign]();
    return engine;
  };

  const all: Sign[] = ["input", "output", "address"];
  const alive: Record<string, Standing> = {
    "all is well": {},
    "its input ends, and nothing else": { later: ["input"] },
    "nobody reads its output": { later: ["output"] },
    "the address refuses": { later: ["address"] },
    "its input was closed from the start, and nobody reads its output any more": {
      from: ["input"],
      later: ["output"],
    },
    "its output was closed from the start": { from: ["output"] },
    "it was started by hand, without an address": {
      without: ["address"],
      later: ["input", "output"],
    },
    "it was started by hand on a terminal, with an address where nobody is": {
      without: ["input", "output"],
      from: ["address"],
    },
    "it was started by hand in pipes, with an address where nobody is": {
      from: ["address"],
      later: ["output"],
    },
  };
  for (const [when, how] of Object.entries(alive)) {
    it(`is there where ${when}`, async () => {
      const engine = await standing(how);
      await turn();
      for (let i = 0; i < 2; i++) await engine.assertLives();
      assert.equal(exit.callCount, 0);
    });
  }

  const gone: Record<string, Standing> = {
    "all three say so": { later: all },
    "another process listens at its address by now": { later: ["input", "output"] },
    "its input and its address say so": { later: ["input", "address"] },
    "its output and its address say so": { later: ["output", "address"] },
    "its output and its address say so, and its input is no pipe": {
      without: ["input"],
      later: ["output", "address"],
    },
  };
  for (const [when, how] of Object.entries(gone)) {
    it(`is gone where ${when}`, async () => {
      const engine = await standing(how);
      await turn();
      await assert.rejects(engine.assertLives(), EngineGoneError);
      assert.ok(exit.called);
    });
  }

  it("is gone where all three say so from the start", async () => {
    await assert.rejects(standing({ from: all }), EngineGoneError);
  });

  it("ends a host that waits, and asks for nothing", async () => {
    const ended = new Promise<void>((resolve) => exit.callsFake(resolve));
    await standing({ later: all });
    await ended;
  });

  it("sees it where one thing is closed a moment after the other", async () => {
    const ended = new Promise<void>((resolve) => exit.callsFake(resolve));
    const engine = await standing({ later: ["input"] });
    await turn();
    await engine.assertLives();
    await goBad.output();
    await ended;
  });
});
