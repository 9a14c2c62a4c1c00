import type { ChartSpec } from "../chart.ts";
import { linesByBits } from "./lines_by_bits.ts";
import { assertPlaces, type ChartFrame } from "./theme.ts";

/** The squared error of a method at a width, over the variance. */
export interface ErrorPoint {
  readonly method: string;
  readonly bits: number;
  readonly relativeError: number;
}

/** What {@linkcode errorChart} shows. */
export interface ErrorChartOptions extends ChartFrame {
  /** An error of 0 has no place on a logarithmic axis, and is left out. */
  readonly points: readonly ErrorPoint[];
  /** What no method goes below, or what it is compared with: dashed lines. */
  readonly bounds?: readonly {
    readonly label: string;
    readonly points: readonly Omit<ErrorPoint, "method">[];
  }[];
  /**
   * What the error is.
   *
   * @default {"MSE / variance"}
   */
  readonly measure?: string;
}

/**
 * A chart of the error by bits on a logarithmic axis: a line for each method, and a dashed line for each bound.
 *
 * @throws {RangeError} If there is no point, a number is not finite, or an error is below 0.
 *
 * @example
 * ```ts
 * import { errorChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(errorChart({
 *   title: "A normal law",
 *   points: [
 *     { method: "lloyd-max", bits: 2, relativeError: 0.1175 },
 *     { method: "lloyd-max", bits: 3, relativeError: 0.03454 },
 *   ],
 *   bounds: [{
 *     label: "rate-distortion bound",
 *     points: [2, 3].map((bits) => ({ bits, relativeError: 4 ** -bits })),
 *   }],
 * }));
 * assertStringIncludes(svg, "rate-distortion bound");
 * ```
 */
export function errorChart(
  { points, bounds = [], measure = "MSE / variance", ...frame }: ErrorChartOptions,
): ChartSpec {
  const all = [...points, ...bounds.flatMap((bound) => bound.points)];
  assertPlaces(
    "a chart of errors",
    "bits and errors",
    all.flatMap(({ bits, relativeError }) => [bits, relativeError]),
  );
  const negative = all.find(({ relativeError }) => relativeError < 0);
  if (negative !== undefined) {
    throw new RangeError(
      `Cannot draw a chart of errors as errors must not be below 0: current value is ${negative.relativeError}`,
    );
  }
  const drawn = <Point extends Omit<ErrorPoint, "method">>(points: readonly Point[]) =>
    points.filter(({ relativeError }) => relativeError > 0);
  return linesByBits({
    frame,
    points: drawn(points),
    bounds: bounds.map(({ label, points }) => ({ label, points: drawn(points) })),
    figure: {
      field: "relativeError",
      title: measure,
      axis: { format: "~g", ...powersOfTen(drawn(all).map(({ relativeError }) => relativeError)) },
      scale: { type: "log" },
    },
    format: ".4~g",
  });
}

/** The powers of ten from the smallest to the largest value, where there are three or more: the axis is labelled there and nowhere else. */
function powersOfTen(values: readonly number[]): { values?: number[] } {
  const exponents = values.map(Math.log10);
  const first = Math.floor(Math.min(...exponents)), last = Math.ceil(Math.max(...exponents));
  if (!(last - first >= 2)) return {};
  return { values: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)) };
}
