import { assertEquals, assertThrows } from "@std/assert";
import { display } from "../../lib/report/display.ts";
import { jupyterDisplay } from "../../lib/report/display/mime_bundle.ts";
import { keyNumbers } from "../../lib/report/key_numbers.ts";

Deno.test("keyNumbers() shows six digits, and every digit to programs", async () => {
  const record = Object.freeze({ "top-1": 1 / 3, images: 10000, MSE: 4.5e-9 });
  const bundle = await display(keyNumbers(record))[jupyterDisplay]();
  assertEquals(
    bundle["text/plain"],
    `| key number |      value |
| :--------- | ---------: |
| top-1      |   0.333333 |
| images     |     10,000 |
| MSE        | 4.50000e-9 |`,
  );
  assertEquals(bundle["application/vnd.bitbell.key-numbers+json"], record);
});

Deno.test("keyNumbers() refuses what can't be compared, by its name", () => {
  assertThrows(
    () => keyNumbers({ accuracy: "0.9" as never }),
    TypeError,
    "Cannot show key numbers as accuracy must be a number: current value is 0.9",
  );
  assertThrows(
    () => keyNumbers({ SQNR: Infinity }),
    RangeError,
    "Cannot show key numbers as SQNR must be finite: current value is Infinity",
  );
  assertThrows(
    () => keyNumbers({ " ": 1 }),
    RangeError,
    "Cannot show key numbers as each needs a name: that of 1 is empty",
  );
  assertThrows(
    () => keyNumbers({}),
    RangeError,
    "Cannot show key numbers as there must be one: their number is 0",
  );
});
