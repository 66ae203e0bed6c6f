import type { TopLevelSpec } from "vega-lite" with { "resolution-mode": "import" };
import { points, type Measured } from "./report";

/** Seconds and requests of an `up` over the number of rooms, as SVG. */
export async function plot(measured: Measured[]): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const axis = (field: "seconds" | "requests", title: string) => ({
    transform: [{ filter: `datum.${field} > 0` }], // The axes are logarithmic, and the bare engine asks nothing.
    mark: { type: "line" as const, point: true },
    width: 360,
    height: 300,
    encoding: {
      x: {
        field: "rooms",
        type: "quantitative" as const,
        scale: { type: "log" as const },
        title: "rooms",
      },
      y: { field, type: "quantitative" as const, scale: { type: "log" as const }, title },
      color: { field: "contender", type: "nominal" as const, title: null },
    },
  });
  const spec: TopLevelSpec = {
    background: "white",
    config: { legend: { labelLimit: 0 } }, // No limit: names are shown whole.
    data: { values: points(measured) },
    hconcat: [axis("seconds", "seconds of up"), axis("requests", "requests to the homeserver")],
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  return `${await view.toSVG()}\n`;
}
