import type { AccuracyStep } from "../../evaluation/accuracy_steps.ts";
import type { ChartSpec } from "../chart.ts";
import { fixed } from "../format.ts";
import type { FloatRule } from "./float_rule.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks, seriesColours } from "./theme.ts";

/** What {@linkcode stepsChart} shows. */
export interface StepsChartOptions extends Omit<ChartFrame, "size"> {
  /** From top to bottom, each with a name of its own. */
  readonly steps: readonly Omit<AccuracyStep, "change">[];
  /** The network as it was trained, as a line down. */
  readonly float?: FloatRule;
  /**
   * What was counted.
   *
   * @default {"top-1"}
   */
  readonly measure?: string;
  /**
   * Of the drawing area in pixels; the height follows from the number of steps.
   *
   * @default {480}
   */
  readonly width?: number;
}

const rowHeight = 30;

/**
 * A staircase from one network to another: for each step a point at its accuracy in percent with its 95 % interval, and beside it what it
 * takes in bits per weight.
 *
 * @throws {RangeError} If there is no step, two have one name, or a number is not finite.
 *
 * @example
 * ```ts
 * import { renderSvg, stepsChart } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(stepsChart({
 *   title: "ResNet-20",
 *   steps: [
 *     { name: "Gaussian book", top1: 0.4, interval95: [0.36, 0.44], effectiveBits: 3 },
 *     { name: "Laplace book", top1: 0.5, interval95: [0.46, 0.54], effectiveBits: 3.01 },
 *   ],
 *   float: { accuracy: 0.92 },
 * }));
 * assertStringIncludes(svg, "3.01 bits");
 * ```
 */
export function stepsChart(
  { steps, float, measure = "top-1", width = 480, ...frame }: StepsChartOptions,
): ChartSpec {
  const action = "a chart of steps";
  const numbers = steps.flatMap(({ top1, interval95, effectiveBits }) => [
    top1,
    ...interval95,
    effectiveBits,
  ]);
  assertPlaces(action, "accuracies, intervals and bits", numbers);
  if (float !== undefined) assertPlaces(action, "the float accuracy", [float.accuracy]);
  const names = steps.map(({ name }) => name);
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) {
    throw new RangeError(
      `Cannot draw ${action} as each must have a name of its own: one that comes twice is ${again}`,
    );
  }
  const bits = fixed(2);
  const values = steps.map(({ name, top1, interval95: [lower, upper], effectiveBits }, i) => ({
    name,
    order: i,
    accuracy: 100 * top1,
    lower: 100 * lower,
    upper: 100 * upper,
    bits: `${bits(effectiveBits)} bits`,
  }));

  const colour = seriesColours[0]!;
  const x = {
    field: "accuracy",
    type: "quantitative" as const,
    title: `${measure} (%)`,
    scale: { zero: false },
    axis: { grid: true },
  };
  const y = {
    field: "name",
    type: "nominal" as const,
    title: null,
    sort: names,
    axis: { labelLimit: 360, grid: false },
  };
  const tooltip = [
    { field: "name", type: "nominal" as const, title: "step" },
    { field: "bits", type: "nominal" as const, title: "per weight" },
    { field: "accuracy", type: "quantitative" as const, title: `${measure} (%)`, format: ".2f" },
    { field: "lower", type: "quantitative" as const, title: "95 % from", format: ".2f" },
    { field: "upper", type: "quantitative" as const, title: "95 % to", format: ".2f" },
  ];
  return {
    ...chartFrame({ ...frame, size: [width, rowHeight * steps.length] }),
    data: { values },
    layer: [
      ...(float === undefined ? [] : floatRuleDown(float)),
      {
        name: "staircase",
        mark: { type: "line", interpolate: "step-after", color: inks.bars, aria: false },
        encoding: { x, y, order: { field: "order", type: "quantitative" } },
      },
      {
        name: "intervals",
        mark: { type: "rule", color: colour, strokeWidth: 1.5, strokeOpacity: 0.55, aria: false },
        encoding: { y, x: { ...x, field: "lower" }, x2: { field: "upper" } },
      },
      {
        name: "points",
        mark: { type: "point", filled: true, size: 60, opacity: 1, color: colour },
        encoding: { x, y, tooltip },
      },
      {
        name: "bits",
        mark: { type: "text", align: "left", dx: 8, color: inks.words, fontSize: 12, aria: false },
        encoding: { x: { value: width }, y, text: { field: "bits", type: "nominal" } },
      },
    ],
  };
}

/** Two layers: a dashed line down, and its label above. */
function floatRuleDown({ accuracy, label = "float32" }: FloatRule) {
  const data = { values: [{ accuracy: 100 * accuracy, label }] };
  const x = { field: "accuracy", type: "quantitative" as const };
  const color = inks.reference;
  return [
    {
      name: "float",
      data,
      mark: { type: "rule" as const, color, strokeDash: [5, 4], strokeWidth: 1.2, aria: false },
      encoding: { x },
    },
    {
      name: "float_label",
      data,
      mark: { type: "text" as const, color, baseline: "bottom" as const, dy: -2, fontSize: 12 },
      encoding: { x, y: { value: 0 }, text: { field: "label" } },
    },
  ];
}
