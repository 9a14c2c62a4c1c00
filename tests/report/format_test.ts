import { assertEquals, assertThrows } from "@std/assert";
import { count, fixed, percent, scaled, signed, significant } from "../../lib/report/format.ts";

Deno.test("fixed() pads with zeros and never writes a negative zero", () => {
  assertEquals([1.005, 2, -0.004, -0.006, 0].map(fixed(2)), [
    "1.00",
    "2.00",
    "0.00",
    "-0.01",
    "0.00",
  ]);
  assertEquals(fixed(0)(-0.2), "0");
});

Deno.test("fixed() refuses digits that toFixed doesn't take", () => {
  for (const digits of [-1, 1.5, 101]) {
    assertThrows(
      () => fixed(digits),
      RangeError,
      `must be an integer in [0, 100]: current value is ${digits}`,
    );
  }
});

Deno.test("significant() keeps as many digits at every size", () => {
  const values = [0, 1, 0.0345477607885, 1234.4, 999.6, -0.5, 6.8e-5, 4.1185e-8];
  assertEquals(values.map(significant(3)), [
    "0.00",
    "1.00",
    "0.0345",
    "1234",
    "1000",
    "-0.500",
    "0.0000680",
    "4.12e-8",
  ]);
  assertThrows(() => significant(0), RangeError, "[1, 100]: current value is 0");
});

Deno.test("signed() signs what isn't zero after rounding", () => {
  assertEquals([0.04, 0.06, -0.04, -3, 0].map(signed(1)), ["0.0", "+0.1", "0.0", "-3.0", "0.0"]);
});

Deno.test("percent() shows a fraction in percent", () => {
  assertEquals([0.9173, 1, 0].map(percent(2)), ["91.73", "100.00", "0.00"]);
});

Deno.test("scaled() says by what it multiplies, also around another one", () => {
  const format = scaled(1e6, fixed(1));
  assertEquals([format(1.5e-6), format.scale], ["1.5", 1e6]);
  assertEquals([scaled(10, percent(0))(0.05), scaled(10, percent(0)).scale], ["50", 1000]);
});

Deno.test("count() sets a comma between thousands only", () => {
  assertEquals([0, 999, 1000, 268336, 1234567, -1000].map(count), [
    "0",
    "999",
    "1,000",
    "268,336",
    "1,234,567",
    "-1,000",
  ]);
});
