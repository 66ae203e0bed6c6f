import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureDebian } from "../machine/debian";
import { freePort } from "./ports";
import { run } from "../machine/run";

const binary = "/usr/sbin/nginx";

/** nginx in front of a homeserver, as a deployment has it: a private authority, and client certificates that it wants. */
export class Nginx {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<Nginx> {
    await ensureDebian(binary, "nginx-light");
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-nginx-"));
    await makeCertificates(folder);
    const port = await freePort();
    writeFileSync(join(folder, "nginx.conf"), config(folder, port, target));
    const child = spawn(binary, ["-c", join(folder, "nginx.conf"), "-p", folder], {
      stdio: "ignore",
    });
    process.once("exit", () => child.kill()); // SIGKILL would leave its worker behind.
    const nginx = new Nginx(child, folder, `https://localhost:${port}`);
    await nginx.waitUntilItListens();
    return nginx;
  }

  file(name: "ca.pem" | "client.pem" | "client.key"): string {
    return join(this.folder, name);
  }

  stop(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async waitUntilItListens(): Promise<void> {
    const answers = () =>
      new Promise<boolean>((resolve) => {
        const probe = request(this.url, { rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(true);
        });
        probe.once("error", () => {
          resolve(false);
        });
        probe.end();
      });
    while (!(await answers())) {
      if (this.child.exitCode !== null) throw new Error("nginx has ended");
      await sleep(20);
    }
  }
}

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "rsa:2048", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=Private authority",
    "-days",
    "2",
  );
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost");
  for (const name of ["server", "client"]) {
    await openssl(
      "req",
      ...key,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=${name}`,
    );
    const signed = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "names",
    ];
    await openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...signed);
  }
}

function config(folder: string, port: number, target: string): string {
  return `
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    worker_processes 1;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${folder}/server.pem;
        ssl_certificate_key ${folder}/server.key;
        ssl_client_certificate ${folder}/ca.pem;
        ssl_verify_client on;
        location / { proxy_pass ${target}; }
      }
    }`;
}
