import { medianOf, type Measured } from "./report";
import type { Cost } from "./contenders";

type Of = (contender: string, rooms: number, key: keyof Cost, members?: number) => number;

interface Ratio {
  readonly what: string;
  readonly most: number;
  readonly of: (median: Of) => number;
}

const [ours, engine, homeserver] = ["pulumi-synapse", "engine's floor", "homeserver's floor"];

/** What an operation costs beside what it can't cost less than, and what it may cost at most. */
const ratios: Ratio[] = [
  ...(["noOpUp", "noOpPreview"] as const).map((step) => ({
    what: `${step === "noOpUp" ? "no-op up" : "no-op preview"} of 1000 / engine's`,
    most: 1.5,
    of: (median: Of) => median(ours, 1000, step) / median(engine, 1000, step),
  })),
  {
    what: "(up of 100 - engine's up of 1) / homeserver's",
    most: 1.15,
    of: (median) =>
      (median(ours, 100, "up") - median(engine, 1, "up")) / median(homeserver, 100, "up"),
  },
  {
    what: "up of 1000 / (engine's + homeserver's)",
    most: 0.85,
    of: (median) =>
      median(ours, 1000, "up") / (median(engine, 1000, "up") + median(homeserver, 1000, "up")),
  },
  {
    what: "up of one room with 500 members / the bare call",
    most: 1.05,
    of: (median) => median(ours, 1, "up", 500) / median(homeserver, 1, "up", 500),
  },
];

/** The ratios of what was measured. */
export function ratiosTable(measured: Measured[]): string {
  const median: Of = (contender, rooms, key, members = 1) =>
    medianOf(
      measured.filter(
        (one) => one.contender === contender && one.size === rooms && one.members === members,
      ),
      key,
    ) ?? NaN;
  const rows = ratios
    .map(({ what, most, of }) => ({ what, most, ratio: of(median) }))
    .filter(({ ratio }) => !Number.isNaN(ratio))
    .map(({ what, most, ratio }) => `| ${what} | ${ratio.toFixed(2)} | ${most} |`);
  return ["| what | measured | aim: at most |", "| --- | --- | --- |", ...rows].join("\n");
}
