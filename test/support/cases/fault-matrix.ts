import { ends, framings, places, type Break } from "../network/broken-answer";
import type { Fault, Rule } from "../network/fault-proxy";

/** How long a client waits for an answer in the tests with faults. */
export const impatientMs = 700;

const answers: Record<string, Omit<Extract<Fault, { kind: "answer" }>, "kind" | "forward">> = {
  "429": {
    status: 429,
    body: '{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":50}',
  },
  "429 of a proxy": { status: 429, body: "<html>Too many requests</html>" },
  "404 of a proxy": { status: 404, body: "<html>Not found</html>" },
  "500": { status: 500, body: '{"errcode":"M_UNKNOWN","error":"Internal server error"}' },
  "502": { status: 502, body: "<html>Bad gateway</html>" },
  "503": { status: 503, body: "" },
  "504": { status: 504, body: "<html>Gateway timeout</html>" },
  "520 of Cloudflare": { status: 520, body: "error code: 520" },
  "200 with HTML": { status: 200, body: "<html>Log in</html>" },
  "200 with nothing": { status: 200 },
  "401": { status: 401, body: '{"errcode":"M_UNKNOWN_TOKEN","error":"Token expired"}' },
  "redirect to another host": { status: 307, headers: { location: "http://other.example.org/" } },
};

/** What an answer that breaks off in this way is called. */
const nameOf = ({ at, framing, end, gzip }: Break) =>
  `answer cut: ${at}, ${framing}, ${end}${gzip ? ", gzip" : ""}`;

const cutsOf = (breaks: readonly Break[]): Record<string, Fault> =>
  Object.fromEntries(breaks.map((how) => [nameOf(how), { kind: "cut", how }]));

/** All ways in which an answer can break off, by name. */
export const allCuts = cutsOf(
  places.flatMap((at) =>
    framings.flatMap((framing) =>
      ends.flatMap((end) => [false, true].map((gzip) => ({ at, framing, end, gzip }))),
    ),
  ),
);

/** Some of them, in which any two of place, framing, end and compression come together. */
const pairwiseCuts = cutsOf(
  places.flatMap((at, place) =>
    framings.map((framing, index) => {
      const sum = place + index;
      const end = ends[sum % ends.length] ?? "fin";
      return { at, framing, end, gzip: sum % 2 === 1 };
    }),
  ),
);

/**
 * One for each way in which a client sees it: no headers, a body without its end, the same compressed, and a body that ends with
 * its connection, so that only what is in it can show that it was cut.
 */
export const distinctCuts = cutsOf([
  { at: "in the headers", framing: "length", end: "reset" },
  { at: "middle", framing: "length", end: "fin" },
  { at: "last", framing: "chunked", end: "fin" },
  { at: "middle", framing: "length", end: "reset", gzip: true },
  { at: "middle", framing: "close", end: "fin", gzip: true },
  { at: "middle", framing: "close", end: "fin" },
]);

/** All faults by name; those that answer something else, once before and once after the request was done. */
export const faults: Record<string, Fault> = {
  refused: { kind: "refuse" },
  "reset before": { kind: "reset", forward: false },
  "reset after": { kind: "reset", forward: true },
  "delayed past the timeout": { kind: "delay", ms: impatientMs * 1.5 },
  ...pairwiseCuts,
  ...Object.fromEntries(
    Object.entries(answers).flatMap(([name, answer]) =>
      [false, true].map((forward) => [
        `${name} ${forward ? "after" : "before"}`,
        { kind: "answer", forward, ...answer },
      ]),
    ),
  ),
};

/** A request that a fault can meet. */
export type FaultyRequest = Omit<Rule, "fault">;

/** The requests of a create with a quarantine, in their order. */
export const requests = {
  whoami: { method: "GET", path: /whoami$/, nth: 1 },
  "the review's details": { method: "GET", path: /v1\/rooms\/[^/]+$/, nth: 1 },
  "the review's members": { method: "GET", path: /\/(members|state\?)/, nth: 1 },
  "the look for tasks": { method: "GET", path: /scheduled_tasks/, nth: 1 },
  "the quarantine": { method: "POST", path: /quarantine$/, nth: 1 },
  "the delete call": { method: "DELETE", path: /v2\/rooms/, nth: 1 },
  "the task's status": { method: "GET", path: /delete_status/, nth: 1 },
  "the verification's details": { method: "GET", path: /v1\/rooms\/[^/]+$/, nth: 2 },
  "the verification's block": { method: "GET", path: /block$/, nth: 1 },
} satisfies Record<string, FaultyRequest>;
