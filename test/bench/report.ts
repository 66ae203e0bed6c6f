import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatted, readReadme, replaceBlock, writeReadme } from "../support/readme";
import type { Cost, Step } from "./contenders";
import type { Counts, Kind } from "./request-log";

/** One run of one contender. */
export interface Measured {
  readonly contender: string;
  readonly size: number;
  readonly cost: Cost;
  readonly requests: Partial<Record<Step, Counts>>;
}

const root = join(__dirname, "..", "..");
const kinds: Kind[] = ["whoami", "details", "block", "task list", "DELETE", "task by id", "other"];
const head = [
  "rooms",
  "contender",
  "preview s",
  "up s",
  "no-op up s",
  "refresh s",
  "destroy s",
  "requests of preview",
  "requests of up",
  "requests of no-op up",
  ...kinds.map((kind) => `${kind} (up)`),
  "state bytes per resource",
  "host MB",
];

/** Medians, one row for each number of rooms and contender. */
export function table(measured: Measured[]): string {
  const rows = [...groups(measured).values()].map((runs) => {
    const { size, contender } = runs[0] as Measured;
    const cost = (key: keyof Cost, digits: number) => show(median(runs.map((run) => run.cost[key])), digits);
    const total = (step: Step) => show(median(runs.map(({ requests }) => sum(requests[step]))), 0);
    return [
      String(size),
      contender,
      ...(["preview", "up", "noOpUp", "refresh", "destroy"] as const).map((key) => cost(key, 1)),
      ...(["preview", "up", "noOpUp"] as const).map(total),
      ...kinds.map((kind) => show(median(runs.map(({ requests }) => requests.up?.[kind] ?? 0)), 0)),
      cost("stateBytesPerResource", 0),
      cost("hostPeakMegabytes", 0),
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What a plot draws. */
export interface Point {
  readonly rooms: number;
  readonly contender: string;
  readonly seconds: number;
  readonly requests: number;
}

export function points(measured: Measured[]): Point[] {
  return [...groups(measured).values()].map((runs) => {
    const { size, contender } = runs[0] as Measured;
    return {
      rooms: size,
      contender,
      seconds: median(runs.map(({ cost }) => cost.up)) ?? 0,
      requests: median(runs.map(({ requests }) => sum(requests.up))) ?? 0,
    };
  });
}

/** Puts the table into README.md and the plot beside it. */
export async function writeBenchmark(markdown: string, svg: string): Promise<void> {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs", "benchmark.svg"), svg);
  writeReadme(await formatted(replaceBlock(readReadme(), "benchmark", markdown)));
}

function groups(measured: Measured[]): Map<string, Measured[]> {
  const byKey = new Map<string, Measured[]>();
  for (const run of measured) {
    const key = `${run.size} ${run.contender}`;
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  return byKey;
}

function sum(counts: Counts | undefined): number | undefined {
  return counts === undefined ? undefined : Object.values(counts).reduce((total, count) => total + count, 0);
}

function median(values: (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function show(value: number | undefined, digits: number): string {
  return value === undefined ? "" : value.toFixed(digits);
}
