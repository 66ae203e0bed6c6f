import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

type Loopback = "127.0.0.1" | "::1";

/** Below those that the system gives to whoever asks for any: of these, one that is free now may soon be another's. */
const [firstPort, endOfPorts] = [10_000, 32_768];
const attempts = 20;

/** A port of loopback that nothing listens on now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(["127.0.0.1"]);
  return port;
}

/** Ports that nothing listens on now, one for each address. Fails with what is missing where there is no such address. */
export async function freePorts(addresses: readonly Loopback[]): Promise<number[]> {
  const found = await Promise.all(addresses.map((address) => listenOn(address)));
  const closed = ({ server }: Listening) => new Promise((resolve) => server.close(resolve));
  await Promise.all(found.map(closed));
  return found.map(({ port }) => port);
}

interface Listening {
  readonly server: Server;
  readonly port: number;
}

async function listenOn(address: Loopback, left = attempts): Promise<Listening> {
  const port = randomInt(firstPort, endOfPorts);
  try {
    return { server: await listen(address, port), port };
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (isTaken && left > 0) return listenOn(address, left - 1);
    throw new Error(`the tests need the loopback address ${address}: ${String(error)}`, {
      cause: error,
    });
  }
}

function listen(address: Loopback, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once("error", reject);
    server.listen(port, address, () => {
      resolve(server);
    });
  });
}
