import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBlock } from "../support/docs/pages";
import type { Cost, Step } from "./contenders";
import type { Counts, Kind } from "./request-log";
import { root } from "../support/machine/paths";

/** One run of one contender. Without cost: it has not come to its end. */
export interface Measured {
  readonly contender: string;
  readonly size: number;
  /** Of each room. */
  readonly members: number;
  readonly cost?: Cost;
  readonly requests: Partial<Record<Step, Counts>>;
}

const kinds: Kind[] = [
  "whoami",
  "details",
  "members",
  "block",
  "task list",
  "DELETE",
  "task by id",
  "other",
];
const picture =
  "![Seconds and requests of an up, over the number of rooms, on logarithmic axes](benchmark.svg)";
const steps = ["preview", "up", "noOpUp", "noOpPreview", "refresh", "destroy"] as const;

/** Medians, one row for each number of rooms and contender: what an operation takes, and then what it asks. */
export function tables(measured: Measured[]): string {
  const [times, requests] = [timesTable(measured), requestsTable(measured)];
  return `${times}\n\n<details><summary>Requests to the homeserver</summary>\n\n${requests}\n\n</details>`;
}

function timesTable(measured: Measured[]): string {
  const head = [
    "preview s",
    "up s",
    "no-op up s",
    "no-op preview s",
    "refresh s",
    "destroy s",
    "state bytes per resource",
    "host MB",
  ];
  return rows(measured, head, (runs) => {
    const cost = (key: keyof Cost, digits: number) =>
      show(median(runs.map((run) => run.cost?.[key])), digits);
    const seconds = steps.map((step) => cost(step, 1));
    const unended = runs.filter((run) => run.cost === undefined).length;
    if (unended > 0)
      seconds[1] = `${seconds[1] ?? ""} (${unended} of ${runs.length} not ended)`.trim();
    return [...seconds, cost("stateBytesPerResource", 0), cost("hostPeakMegabytes", 0)];
  });
}

function requestsTable(measured: Measured[]): string {
  const head = ["preview", "no-op up", "up", ...kinds.map((kind) => `${kind} (up)`)];
  return rows(measured, head, (runs) => {
    if (runs.every((run) => run.cost === undefined)) return head.map(() => "");
    const total = (step: Step) => show(median(runs.map(({ requests }) => sum(requests[step]))), 0);
    const byKind = kinds.map((kind) =>
      show(median(runs.map(({ requests }) => requests.up?.[kind] ?? 0)), 0),
    );
    return [total("preview"), total("noOpUp"), total("up"), ...byKind];
  });
}

function rows(measured: Measured[], head: string[], cells: (runs: Measured[]) => string[]): string {
  const body = [...groups(measured).values()].map((runs) => {
    const { size, members, contender } = runs[0] as Measured;
    const rooms = members === 1 ? String(size) : `${size} with ${members} members`;
    return [rooms, contender, ...cells(runs)];
  });
  const all = ["rooms", "contender", ...head];
  return [all, all.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** What a plot draws. */
export interface Point {
  readonly rooms: number;
  readonly contender: string;
  readonly seconds: number;
  readonly requests: number;
}

export function points(measured: Measured[]): Point[] {
  const small = measured.filter(({ members }) => members === 1);
  return [...groups(small).values()].map((runs) => {
    const { size, contender } = runs[0] as Measured;
    return {
      rooms: size,
      contender,
      seconds: median(runs.map(({ cost }) => cost?.up)) ?? 0,
      requests: median(runs.map(({ requests }) => sum(requests.up))) ?? 0,
    };
  });
}

/** Puts the tables and the plot into docs/measurements.md. */
export async function writeBenchmark(markdown: string, svg: string): Promise<void> {
  writeFileSync(join(root, "docs", "benchmark.svg"), svg);
  await writeBlock("docs/measurements.md", "benchmark", `${picture}\n\n${markdown}`);
}

function groups(measured: Measured[]): Map<string, Measured[]> {
  const byKey = new Map<string, Measured[]>();
  for (const run of measured) {
    const key = `${run.size} ${run.members} ${run.contender}`;
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  return byKey;
}

/** The median of what some runs have cost. */
export function medianOf(runs: Measured[], key: keyof Cost): number | undefined {
  return median(runs.map(({ cost }) => cost?.[key]));
}

function sum(counts: Counts | undefined): number | undefined {
  return counts === undefined
    ? undefined
    : Object.values(counts).reduce((total, count) => total + count, 0);
}

function median(values: (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function show(value: number | undefined, digits: number): string {
  return value === undefined ? "" : value.toFixed(digits);
}
