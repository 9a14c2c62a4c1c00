import type { AccuracyStep } from "../evaluation/accuracy_steps.ts";
import { pValueFormat } from "./display/numbers.ts";
import { fixed, percent, scaled, signed } from "./format.ts";
import { type TableData, tabulate } from "./page.ts";

/**
 * A table of steps from one network to another: what each one takes and gives, and the paired comparison with the one before it.
 *
 * @example
 * ```ts
 * import { stepsTable } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows } = stepsTable([{ name: "float32", top1: 0.92, interval95: [0.9, 0.94], effectiveBits: 32 }]);
 * assertEquals(rows, [["float32", 32, 0.92, "90.0 to 94.0", undefined, undefined, undefined]]);
 * ```
 */
export function stepsTable(steps: readonly AccuracyStep[]): TableData {
  const inPercent = percent(1), signedPoints = scaled(100, signed(1));
  const range = ([lower, upper]: readonly [number, number], format: (share: number) => string) =>
    `${format(lower)} to ${format(upper)}`;
  return tabulate(steps, [
    { title: "step", value: ({ name }) => name },
    { title: "effective bits", value: ({ effectiveBits }) => effectiveBits, format: fixed(2) },
    { title: "top-1", unit: "%", value: ({ top1 }) => top1, format: inPercent },
    {
      title: "95 % interval",
      unit: "%",
      value: ({ interval95 }) => range(interval95, inPercent),
      align: "right",
    },
    {
      title: "change",
      unit: "points",
      value: ({ change }) => change?.difference,
      format: signedPoints,
    },
    {
      title: "95 % of the change",
      unit: "points",
      value: ({ change }) => change && range(change.interval95, signedPoints),
      align: "right",
    },
    { title: "p, paired", value: ({ change }) => change?.pValue, format: pValueFormat(2) },
  ]);
}
