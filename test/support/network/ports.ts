import { createServer, type AddressInfo, type Server } from "node:net";

type Loopback = "127.0.0.1" | "::1";

/** A port of loopback that nothing listens on now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(["127.0.0.1"]);
  return port;
}

/** Different ports that nothing listens on now, one for each address. Fails with what is missing where there is no such address. */
export async function freePorts(addresses: readonly Loopback[]): Promise<number[]> {
  const servers = await Promise.all(addresses.map(listenOn));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenOn(address: Loopback): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once("error", (error) => {
      reject(new Error(`the tests need the loopback address ${address}: ${error.message}`));
    });
    server.listen(0, address, () => {
      resolve(server);
    });
  });
}
