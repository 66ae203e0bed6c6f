import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** A proxy as HTTPS_PROXY names one: it passes connections on and sees only where they go. */
export class ConnectProxy {
  /** Hosts and ports that somebody wanted to reach, and everything else that was asked in clear. */
  readonly seen: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.seen.push(
        `${request.method ?? ""} ${request.url ?? ""} ${JSON.stringify(request.headers)}`,
      );
      response.writeHead(403).end();
    });
    this.server.on("connect", (request, socket) => {
      this.seen.push(request.url ?? "");
      const [host = "", port = ""] = (request.url ?? "").split(":");
      const target = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        target.pipe(socket).pipe(target);
      });
      const end = () => {
        target.destroy();
        socket.destroy();
      };
      target.once("error", end);
      socket.once("error", end);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
