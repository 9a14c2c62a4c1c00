import { type ChartSpec, renderSvg } from "../chart.ts";
import { hasFields } from "./fields.ts";
import type { MimeBundle } from "./mime_bundle.ts";

/** The version of Vega-Lite that JupyterLab and VS Code draw themselves. */
const schema = "https://vega.github.io/schema/vega-lite/v5.json";
const mimeType = "application/vnd.vegalite.v5+json";

/** What holds the parts of a chart. */
const compositions = ["layer", "hconcat", "vconcat", "concat"] as const;

/** A specification has a mark, or parts, or one part that is repeated. */
export function isChart(value: unknown): value is ChartSpec {
  if (!hasFields(value)) return false;
  const spec = value as Readonly<Record<string, unknown>>;
  return hasFields(spec, "mark", "encoding") || hasFields(spec.spec) ||
    compositions.some((name) => Array.isArray(spec[name]));
}

/** A chart as a specification, as a picture, and in words. */
export async function chartBundle(spec: ChartSpec): Promise<MimeBundle> {
  return {
    [mimeType]: { ...spec, $schema: schema },
    "image/svg+xml": await renderSvg(spec),
    "text/plain": chartText(spec),
  };
}

/** What a chart shows, for those who can't see it: its titles, its axes, its series. */
export function chartText(spec: ChartSpec): string {
  const { title } = spec as { readonly title?: unknown };
  const axes = new Map<string, Set<string>>();
  const series = new Set<string>();
  visit(spec, (channel, { title, field, scale }) => {
    const name = typeof title === "string" ? title : field;
    if (isAxis(channel) && typeof name === "string" && title !== null) {
      axes.set(channel, (axes.get(channel) ?? new Set()).add(name));
    }
    const domain = scale?.domain;
    if (channel !== "color" || !Array.isArray(domain)) return;
    for (const label of domain) if (typeof label === "string") series.add(label);
  });
  const lines = [
    `Chart: ${titleText(title)}`,
    ...[...axes].map(([channel, titles]) => `${axisNames[channel]}: ${[...titles].join("; ")}`),
    ...(series.size === 0 ? [] : [`series: ${[...series].join(", ")}`]),
  ];
  return lines.join("\n");
}

/** Channels that have an axis, or stand for one. */
const axisNames: Readonly<Record<string, string>> = {
  x: "horizontal axis",
  y: "vertical axis",
  row: "rows",
  column: "columns",
};

function isAxis(channel: string): boolean {
  return Object.hasOwn(axisNames, channel);
}

/** What is read of one channel's encoding. */
interface Channel {
  readonly title?: unknown;
  readonly field?: unknown;
  readonly scale?: { readonly domain?: unknown };
}

/** Hands over every channel of every encoding, from the outside in. */
function visit(spec: unknown, hear: (channel: string, encoding: Channel) => void): void {
  if (!hasFields(spec)) return;
  const parts = spec as Readonly<Record<string, unknown>>;
  for (const [channel, value] of Object.entries(parts.encoding ?? {})) {
    if (hasFields(value)) hear(channel, value as Channel);
  }
  for (const part of compositions.flatMap((name) => parts[name] ?? [])) visit(part, hear);
  visit(parts.spec, hear);
}

function titleText(title: unknown): string {
  if (title === undefined || title === null) return "without a title";
  if (!hasFields(title, "text")) return [title].flat().join(" ");
  const { text, subtitle = [] } = title as { text: unknown; subtitle?: unknown };
  return [[text].flat().join(" "), ...[subtitle].flat()].filter((line) => line !== "").join("\n");
}
