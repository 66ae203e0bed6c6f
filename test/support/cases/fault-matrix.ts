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

/** All faults by name; those that answer something else, once before and once after the request was done. */
export const faults: Record<string, Fault> = {
  refused: { kind: "refuse" },
  "reset before": { kind: "reset", forward: false },
  "reset after": { kind: "reset", forward: true },
  "delayed past the timeout": { kind: "delay", ms: impatientMs * 1.5 },
  "cut in the middle": { kind: "cut" },
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

/** The requests of a create, in their order. */
export const requests = {
  whoami: { method: "GET", path: /whoami$/, nth: 1 },
  "the review's details": { method: "GET", path: /v1\/rooms\/[^/]+$/, nth: 1 },
  "the look for tasks": { method: "GET", path: /scheduled_tasks/, nth: 1 },
  "the delete call": { method: "DELETE", path: /v2\/rooms/, nth: 1 },
  "the task's status": { method: "GET", path: /delete_status/, nth: 1 },
  "the verification's details": { method: "GET", path: /v1\/rooms\/[^/]+$/, nth: 2 },
  "the verification's block": { method: "GET", path: /block$/, nth: 1 },
} satisfies Record<string, FaultyRequest>;
