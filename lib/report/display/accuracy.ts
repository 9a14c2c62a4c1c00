import type { AccuracyReport } from "../../evaluation/accuracy_report.ts";
import { count, fixed, percent } from "../format.ts";
import { tabulate } from "../page.ts";
import type { Column } from "../table.ts";
import { hasFields } from "./fields.ts";
import type { View } from "./view.ts";

/** Of an accuracy report what can be shown. */
export type ShownAccuracy = Pick<AccuracyReport, "top1" | "top5" | "size" | "interval95">;

export function isAccuracy(value: unknown): value is ShownAccuracy {
  return hasFields(value, "top1", "top5", "size", "interval95");
}

/** How often a network is right, with the interval. */
export function accuracyView(report: ShownAccuracy): View {
  return { tables: [tabulate([report], accuracyColumns)], notes: [intervalNote] };
}

export const intervalNote = "Interval of top-1: Wilson's, 95 %.";

export const accuracyColumns: readonly Column<ShownAccuracy>[] = [
  { title: "top-1", unit: "%", value: ({ top1 }) => top1, format: percent(2) },
  {
    title: "95 % interval",
    unit: "%",
    value: ({ interval95 }) => rangeText(interval95, 100, 2),
    align: "right",
  },
  { title: "top-5", unit: "%", value: ({ top5 }) => top5, format: percent(2) },
  { title: "images", value: ({ size }) => size, format: count },
];

/** Two ends of an interval: "89.90 to 93.26". */
export function rangeText(
  [lower, upper]: readonly [number, number],
  scale: number,
  digits: number,
): string {
  const format = fixed(digits);
  return `${format(scale * lower)} to ${format(scale * upper)}`;
}
