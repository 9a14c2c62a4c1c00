import { assertEquals, assertThrows } from "@std/assert";
import { effectiveBits } from "../../lib/metrics/storage.ts";

Deno.test("effectiveBits() spreads codes and 32 bits for each stored value over the weights", () => {
  assertEquals(effectiveBits({ payloadBits: 30, storedValues: 2, weights: 10 }), 9.4);
});

Deno.test("effectiveBits() refuses no weights, and numbers that are none", () => {
  assertThrows(
    () => effectiveBits({ payloadBits: 0, storedValues: 0, weights: 0 }),
    RangeError,
    "Cannot compute effective bits as weights must be finite and above 0: current value is 0",
  );
  assertThrows(
    () => effectiveBits({ payloadBits: NaN, storedValues: 0, weights: 1 }),
    RangeError,
    "Cannot compute effective bits as payloadBits must be finite and not negative: current value is NaN",
  );
  assertThrows(
    () => effectiveBits({ payloadBits: 1, storedValues: -1, weights: 1 }),
    RangeError,
    "storedValues must be finite and not negative: current value is -1",
  );
});
