import type { ChartSpec } from "../chart.ts";
import { type FloatRule, floatRule } from "./float_rule.ts";
import { bitsAxis } from "./lines_by_bits.ts";
import { encodeSeries, labelsOf, seriesOfMethods } from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame } from "./theme.ts";

/** How often a method's networks are right at a width; fractions. */
export interface AccuracyPoint {
  readonly method: string;
  readonly bits: number;
  readonly accuracy: number;
  readonly interval95?: readonly [lower: number, upper: number];
}

/** What {@linkcode accuracyChart} shows. */
export interface AccuracyChartOptions extends ChartFrame {
  readonly points: readonly AccuracyPoint[];
  /** The network as it was trained, as a line across. */
  readonly float?: FloatRule;
  /**
   * What was counted.
   *
   * @default {"top-1"}
   */
  readonly measure?: string;
}

/**
 * A chart of accuracy in percent by bits: a line for each method, with 95 % intervals as bars, and the network before quantization as a
 * rule across. The lines are set apart by a few hundredths of a bit, so that their intervals don't hide each other.
 *
 * @throws {RangeError} If there is no point, or a number is not finite.
 *
 * @example
 * ```ts
 * import { accuracyChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(accuracyChart({
 *   title: "ResNet-20",
 *   points: [
 *     { method: "k-means", bits: 2, accuracy: 0.4, interval95: [0.36, 0.44] },
 *     { method: "k-means", bits: 3, accuracy: 0.88, interval95: [0.85, 0.91] },
 *   ],
 *   float: { accuracy: 0.917 },
 * }));
 * assertStringIncludes(svg, "top-1 (%)");
 * ```
 */
export function accuracyChart(
  { points, float, measure = "top-1", ...frame }: AccuracyChartOptions,
): ChartSpec {
  const numbers = points.flatMap(({ bits, accuracy, interval95 = [] }) => [
    bits,
    accuracy,
    ...interval95,
  ]);
  assertPlaces("a chart of accuracy", "bits, accuracies and intervals", numbers);
  if (float !== undefined) {
    assertPlaces("a chart of accuracy", "the float accuracy", [float.accuracy]);
  }
  const methods = labelsOf(points, ({ method }) => method);
  const step = Math.min(0.05, 0.4 / methods.length);
  const values = points.map(({ method, bits, accuracy, interval95 }) => ({
    method,
    bits,
    place: bits + step * (methods.indexOf(method) - (methods.length - 1) / 2),
    accuracy: 100 * accuracy,
    ...(interval95 && { lower: 100 * interval95[0], upper: 100 * interval95[1] }),
  }));

  const { color, shape, strokeDash } = encodeSeries("method", seriesOfMethods(methods), frame.size);
  const x = bitsAxis("place", points.map(({ bits }) => bits));
  const y = {
    field: "accuracy",
    type: "quantitative" as const,
    title: `${measure} (%)`,
    scale: { zero: false },
  };
  const tooltip = [
    { field: "method", type: "nominal" as const },
    { field: "bits", type: "quantitative" as const },
    { field: "accuracy", type: "quantitative" as const, title: `${measure} (%)`, format: ".2f" },
    { field: "lower", type: "quantitative" as const, title: "95 % from", format: ".2f" },
    { field: "upper", type: "quantitative" as const, title: "95 % to", format: ".2f" },
  ];
  const hasIntervals = values.some(({ lower }) => lower !== undefined);
  return {
    ...chartFrame(frame),
    data: { values },
    layer: [
      ...(float === undefined ? [] : floatRule(float)),
      ...(hasIntervals
        ? [{
          name: "intervals",
          transform: [{ filter: "isValid(datum.lower)" }],
          mark: { type: "rule" as const, strokeWidth: 1.5, strokeOpacity: 0.55, aria: false },
          encoding: { x, y: { ...y, field: "lower" }, y2: { field: "upper" }, color },
        }]
        : []),
      {
        name: "lines",
        mark: { type: "line", strokeWidth: 1.8, aria: false },
        encoding: { x, y, color, strokeDash },
      },
      {
        name: "points",
        mark: { type: "point", filled: true, size: 55, opacity: 1 },
        encoding: { x, y, color, shape, tooltip },
      },
    ],
  };
}
