import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureDebian } from "../machine/debian";
import { run } from "../machine/run";
import { freePorts } from "./ports";

const binary = "/usr/sbin/nginx";

/** One address that nginx listens on, and what it does with the requests that come there. */
export interface Listener {
  /** What the URL begins with. The certificate is good for both hosts. Default `https://localhost`. */
  readonly origin?: "https://localhost" | "http://127.0.0.1" | "https://[::1]" | "http://[::1]";
  /** The path that the URL ends with. Default: none. */
  readonly basePath?: string;
  /** More parameters of nginx's `listen`. */
  readonly listen?: string;
  /**
   * Directives of its `server` block. What is behind it is called by its name: `proxy_pass http://NAME;`. FOLDER stands for the
   * folder of the certificates.
   */
  readonly directives: string;
}

/** Files of the authority and of its client. `other`: a certificate that the authority did not sign, and its key. */
export type CertificateFile = "ca.pem" | "client.pem" | "client.key" | "other.pem" | "other.key";

/** What nginx's log says of a request. */
interface LoggedRequest {
  readonly method: string;
  readonly status: string;
  readonly encoding: string;
}

/** A real nginx in front of homeservers, with a private authority of its own. */
export class Nginx<Name extends string> {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly urls: ReadonlyMap<Name, string>,
  ) {}

  /**
   * Starts one. `behind`: the http URLs of what is behind it, by the names that the listeners call them.
   * `http`: directives that all listeners share.
   */
  static async start<Name extends string>(
    listeners: Record<Name, Listener>,
    behind: Record<string, string>,
    http = "",
  ): Promise<Nginx<Name>> {
    await ensureDebian(binary, "nginx-light");
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-nginx-"));
    await makeCertificates(folder);
    const places = await findPlaces(listeners);
    const upstreams = Object.entries(behind).map(
      ([name, url]) => `upstream ${name} { server ${new URL(url).host}; }`,
    );
    const servers = [...places].map(([name, url]) => serverBlock(folder, url, listeners[name]));
    const conf = config(folder, [...upstreams, http, ...servers].join("\n"));
    writeFileSync(join(folder, "nginx.conf"), conf);
    const child = spawn(binary, ["-c", join(folder, "nginx.conf"), "-p", folder], {
      stdio: "ignore",
    });
    process.once("exit", () => child.kill()); // SIGKILL would leave its worker behind.
    const nginx = new Nginx<Name>(child, folder, places);
    await nginx.waitUntilItListens();
    return nginx;
  }

  /** The URL of a listener, as a homeserver URL. */
  url(name: Name): string {
    return this.urls.get(name) as string;
  }

  /** Where a file is. */
  file(name: CertificateFile): string {
    return join(this.folder, name);
  }

  /** The requests of a listener that have ended. */
  requests(name: Name): LoggedRequest[] {
    const { host } = new URL(this.url(name));
    return readFileSync(join(this.folder, "access.log"), "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([where]) => where === host)
      .map(([, method = "", status = "", encoding = ""]) => ({ method, status, encoding }));
  }

  stop(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async waitUntilItListens(): Promise<void> {
    const [url = ""] = this.urls.values();
    const { hostname, port } = new URL(url);
    while (!(await listens(hostname.replace(/[[\]]/g, ""), Number(port)))) {
      if (this.child.exitCode !== null) {
        throw new Error(`nginx has ended: ${readFileSync(join(this.folder, "error.log"), "utf8")}`);
      }
      await sleep(20);
    }
  }
}

/** The URL of each listener, with a port of its own. */
async function findPlaces<Name extends string>(
  listeners: Record<Name, Listener>,
): Promise<Map<Name, string>> {
  const names = Object.keys(listeners) as Name[];
  const origins = names.map((name) => listeners[name].origin ?? "https://localhost");
  const ports = await freePorts(
    origins.map((origin) => (origin.endsWith("[::1]") ? "::1" : "127.0.0.1")),
  );
  const urls = names.map((name, index) => {
    const origin = `${origins[index] ?? ""}:${ports[index] ?? ""}`;
    return [name, `${origin}${listeners[name].basePath ?? ""}`] as const;
  });
  return new Map(urls);
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** An authority, what it signed for a server and a client, and a certificate that signs itself. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "rsa:2048", "-nodes"];
  const authority = (name: string) => [
    ...["req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.pem`],
    ...["-subj", `/CN=Private authority ${name}`, "-days", "2"],
  ];
  const request = (name: string) => [
    ...["req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
  ];
  const sign = (name: string) => [
    ...["x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-CA", "ca.pem"],
    ...["-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"],
  ];
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost,IP:::1");
  await Promise.all([
    ...["ca", "other"].map((name) => openssl(...authority(name))),
    ...["server", "client"].map((name) => openssl(...request(name))),
  ]);
  for (const name of ["server", "client"]) await openssl(...sign(name));
}

function serverBlock(folder: string, url: string, { listen = "", directives }: Listener): string {
  const { protocol, hostname, port } = new URL(url);
  const address = hostname === "[::1]" ? hostname : "127.0.0.1";
  const tls = protocol === "https:";
  const certificate = `ssl_certificate ${folder}/server.pem; ssl_certificate_key ${folder}/server.key;`;
  return `
    server {
      listen ${address}:${port} ${tls ? "ssl" : ""} ${listen};
      ${tls ? certificate : ""}
      ${directives.replaceAll("FOLDER", folder)}
    }`;
}

function config(folder: string, http: string): string {
  return `
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    worker_processes 1;
    events { worker_connections 256; }
    http {
      log_format short '$http_host $request_method $status $sent_http_content_encoding';
      access_log ${folder}/access.log short;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      ${http}
    }`;
}
