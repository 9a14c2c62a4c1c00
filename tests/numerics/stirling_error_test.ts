import { stirlingError } from "../../lib/numerics/stirling_error.ts";
import { assertRelative } from "../tolerance.ts";

/** ln n! - ln(sqrt(2 pi n) (n / e)^n) by mpmath's loggamma with 40 digits. */
const expected = [
  [1, 0.08106146679532726],
  [2, 0.0413406959554093],
  [7, 0.01189670994589177],
  [15, 0.005554733551962801],
  [16, 0.0052076559196096404],
  [16.5, 0.005049887331583002],
  [17, 0.004901395948434738],
  [50, 0.0016666444469833656],
  [1000, 8.333333055555635e-5],
  [1e6, 8.333333333333056e-8],
] as const;

Deno.test("stirlingError() keeps 14 digits, in the table and in the series", () => {
  for (const [n, error] of expected) assertRelative(stirlingError(n), error, 1e-14, `n = ${n}`);
});
