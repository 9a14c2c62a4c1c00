import { type ChartSpec, renderSvg } from "../../../lib/report/chart.ts";

/** A chart drawn here: the marks of its layers by the layers' names, as the strings that place and colour them. */
export async function marksOf(spec: ChartSpec): Promise<(layer: string) => readonly string[]> {
  const svg = await renderSvg(spec);
  return (layer) => {
    // A line for each series is a group of its own.
    const group = new RegExp(
      `<g class="mark-\\w+ role-mark (?:\\w*_)?${layer}(?:_marks)?"[^]*?</g>`,
      "g",
    );
    return [...svg.matchAll(group)].flatMap(([text]) =>
      text.match(/<(?:path|line|text|rect) [^>]*>/g) ?? []
    );
  };
}

/** The data that a layer of a chart brings along. */
export function dataOf(spec: ChartSpec, layer: string): readonly Record<string, unknown>[] {
  const { layer: layers } = spec as unknown as {
    layer: { name: string; data: { values: Record<string, unknown>[] } }[];
  };
  return layers.find(({ name }) => name === layer)!.data.values;
}
