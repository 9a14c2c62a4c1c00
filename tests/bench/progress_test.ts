import { assertEquals } from "@std/assert";
import { perMinute } from "../../bench/progress.ts";

Deno.test("perMinute() writes slow rates with two digits, and fast ones without an exponent", () => {
  const rates = [[1, 240], [1, 8], [10, 60], [13, 2], [60, 2]] as const;
  assertEquals(rates.map(([cells, seconds]) => perMinute(cells, seconds)), [
    "0.25",
    "7.5",
    "10",
    "390",
    "1,800",
  ]);
});
