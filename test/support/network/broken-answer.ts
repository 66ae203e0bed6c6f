import { createGzip } from "node:zlib";
import { STATUS_CODES, type IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";

/** Where an answer breaks off. */
export const places = [
  "in the headers",
  "after the headers",
  "first byte",
  "middle",
  "last",
] as const;
/** How it tells where it ends: by its length, by its last chunk, or by the end of the connection. */
export const framings = ["length", "chunked", "close"] as const;
/** What follows the break: the connection ends, is reset, or stays as it is for ever. */
export const ends = ["fin", "reset", "stall"] as const;

/** How an answer breaks off. */
export interface Break {
  readonly at: (typeof places)[number];
  readonly framing: (typeof framings)[number];
  readonly end: (typeof ends)[number];
  readonly gzip?: boolean;
}

/** An answer of the homeserver. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Writes an answer as far as it is to get, and ends it as it is to end. */
export async function breakOff(socket: Socket, answer: Answer, how: Break): Promise<void> {
  const part = await begin(answer, how);
  await new Promise<void>((resolve) =>
    socket.write(part, () => {
      resolve();
    }),
  );
  if (how.end === "fin") socket.end();
  if (how.end === "reset") socket.resetAndDestroy();
}

async function begin({ status, headers, body }: Answer, how: Break): Promise<Buffer> {
  const packed = how.gzip ? await gzip(body) : body;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    `Content-Type: ${String(headers["content-type"])}`,
    ...(how.gzip ? ["Content-Encoding: gzip"] : []),
    {
      length: `Content-Length: ${packed.length}`,
      chunked: "Transfer-Encoding: chunked",
      close: "Connection: close",
    }[how.framing],
  ].join("\r\n");
  if (how.at === "in the headers") return Buffer.from(head);
  const kept = packed.subarray(0, keptBytes(packed.length, how));
  return Buffer.concat([
    Buffer.from(`${head}\r\n\r\n`),
    how.framing === "chunked" ? chunk(kept) : kept,
  ]);
}

/** "last": all but the last byte or, of chunks, all but the empty one that says that there are no more. */
function keptBytes(length: number, { at, framing }: Break): number {
  if (at === "first byte") return 1;
  if (at === "middle") return Math.floor(length / 2);
  if (at === "last") return framing === "chunked" ? length : length - 1;
  return 0;
}

function chunk(data: Buffer): Buffer {
  if (data.length === 0) return data;
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]);
}

/** In two parts, so that the first half can be read by itself. */
async function gzip(body: Buffer): Promise<Buffer> {
  const packer = createGzip();
  const half = Math.floor(body.length / 2);
  packer.write(body.subarray(0, half));
  packer.flush(() => {
    packer.end(body.subarray(half));
  });
  return buffer(packer);
}
