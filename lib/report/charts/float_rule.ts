import { inks } from "./theme.ts";

/** What a network gives as it was trained. */
export interface FloatRule {
  /** A fraction. */
  readonly accuracy: number;
  /**
   * What stands at the line.
   *
   * @default {"float32"}
   */
  readonly label?: string;
}

/** Two layers of a chart of accuracy in percent: a dashed line across, and its label at the left end. */
export function floatRule({ accuracy, label = "float32" }: FloatRule) {
  const data = { values: [{ accuracy: 100 * accuracy, label }] };
  const y = { field: "accuracy", type: "quantitative" as const };
  const strokeDash = [5, 4];
  const rule = { color: inks.reference, strokeDash, strokeWidth: 1.2, aria: false };
  const words = { color: inks.reference, dx: 4, dy: -3, fontSize: 12 };
  return [
    { name: "float", data, mark: { ...rule, type: "rule" as const }, encoding: { y } },
    {
      name: "float_label",
      data,
      mark: {
        ...words,
        type: "text" as const,
        align: "left" as const,
        baseline: "bottom" as const,
      },
      encoding: { x: { value: 0 }, y, text: { field: "label" } },
    },
  ];
}
