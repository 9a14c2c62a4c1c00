import type { ChartSpec } from "../chart.ts";
import { encodeSeries, type LabelledLaw, seriesOfLaws } from "./series.ts";
import { evenRanks } from "./ranks.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks } from "./theme.ts";

/** What {@linkcode ppChart} shows. */
export interface PpChartOptions extends ChartFrame {
  /** In any order. */
  readonly sample: ArrayLike<number>;
  /** Laws to hold it against, each with all of its parameters. */
  readonly laws: readonly LabelledLaw<{ readonly cdf: (x: number) => number }>[];
}

/**
 * A P-P chart: the share of the sample up to each value, (i - 1/2) / n, over the probability that laws give it, and the line on which the points
 * would lie if the sample followed the law. A vertical stroke for each law marks where the sample's distribution function is farthest from the
 * law's: its length is the Kolmogorov-Smirnov distance D.
 *
 * Of a large sample 200 evenly spaced ranks are shown; the distance is that of all values. Takes O(n log n) time, and n values of each law's `cdf`.
 *
 * @throws {RangeError} If the sample or the list of laws is empty, or a value or a probability is not finite.
 *
 * @example
 * ```ts
 * import { ppChart, renderSvg } from "@bitbell/bitbell/report";
 * import { createPrng, gaussian, laplace } from "@bitbell/bitbell";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * const svg = await renderSvg(ppChart({
 *   title: "Laplace or Gaussian?",
 *   sample: law.sample(1000, { prng: createPrng(1) }),
 *   laws: [
 *     { label: "Laplace", law },
 *     { label: "Gaussian", law: gaussian({ mean: 0, standardDeviation: Math.SQRT2 }) },
 *   ],
 * }));
 * assertStringIncludes(svg, "probability by the law");
 * ```
 */
export function ppChart(
  { sample, laws, size = [440, 440], ...frame }: PpChartOptions,
): ChartSpec {
  const sorted = Float64Array.from(sample).sort();
  // A stray NaN is at the end, and infinities at the ends.
  assertPlaces("a P-P chart", "values", [...sorted.subarray(0, 1), ...sorted.subarray(-1)]);
  const n = sorted.length;
  const curves = laws.map(({ label, law }) => ({
    label,
    probabilities: sorted.map((value) => law.cdf(value)),
  }));
  const values = curves.flatMap(({ label, probabilities }) =>
    evenRanks(n, mostPoints).map((rank) => ({
      law: label,
      probability: probabilities[rank]!,
      share: (rank + 0.5) / n,
      value: sorted[rank]!,
    }))
  );
  assertPlaces("a P-P chart", "probabilities", values.map(({ probability }) => probability));
  const gaps = curves.map(({ label, probabilities }) => ({
    law: label,
    ...largestGap(probabilities),
  }));
  const { color, shape } = encodeSeries("law", seriesOfLaws(laws), size);
  const ends = { domain: [0, 1] };
  const x = {
    field: "probability",
    type: "quantitative" as const,
    title: "probability by the law",
    scale: ends,
  };
  const y = {
    field: "share",
    type: "quantitative" as const,
    title: "share of the sample",
    scale: ends,
  };
  return {
    ...chartFrame({ ...frame, size }),
    layer: [
      {
        name: "diagonal",
        data: { values: [{ probability: 0, share: 0 }, { probability: 1, share: 1 }] },
        mark: { type: "line", color: inks.reference, strokeDash: [5, 4], aria: false },
        encoding: { x, y },
      },
      {
        name: "points",
        data: { values },
        mark: { type: "point", filled: true, size: 24, opacity: 0.8 },
        encoding: {
          x,
          y,
          color,
          shape,
          tooltip: [
            { field: "law", type: "nominal" },
            { field: "value", type: "quantitative", format: ".4~g" },
            { field: "probability", type: "quantitative", title: x.title, format: ".4~f" },
            { field: "share", type: "quantitative", title: y.title, format: ".4~f" },
          ],
        },
      },
      {
        name: "gaps",
        data: { values: gaps },
        mark: { type: "rule", strokeWidth: 2.5 },
        encoding: {
          x,
          y,
          y2: { field: "probability" },
          color,
          tooltip: [
            { field: "law", type: "nominal" },
            { field: "distance", type: "quantitative", title: "distance D", format: ".4~f" },
          ],
        },
      },
    ],
  };
}

/** How many points of a law are drawn at most. */
const mostPoints = 200;

/** Where the empirical distribution function, which jumps from i / n to (i + 1) / n at value i, is farthest from the law's. */
function largestGap(probabilities: Float64Array) {
  const n = probabilities.length;
  let gap = { probability: 0, share: 0, distance: 0 };
  probabilities.forEach((probability, i) => {
    for (const share of [i / n, (i + 1) / n]) {
      const distance = Math.abs(share - probability);
      if (distance > gap.distance) gap = { probability, share, distance };
    }
  });
  return gap;
}
