import type { TableData } from "./page.ts";
import { count, significant } from "./format.ts";

/** The MIME type under which a notebook's output has its key numbers at full precision. */
export const keyNumbersType = "application/vnd.bitbell.key-numbers+json";

/** The figures that a text is about: a table for people, and for programs each number by its name. */
export interface KeyNumbers extends TableData {
  readonly keyNumbers: Readonly<Record<string, number>>;
}

/**
 * The figures that a notebook's prose is about, to show at its end: six significant digits to read, and beside them every digit by its name
 * for the check that the notebook still gives the same.
 *
 * @throws {TypeError} If a value is not a number.
 * @throws {RangeError} If there is none, a name is empty, or a number is not finite.
 *
 * @example
 * ```ts
 * import { keyNumbers } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const table = keyNumbers({ "top-1 of the float network": 0.9173 });
 * assertEquals(table.rows, [["top-1 of the float network", 0.9173]]);
 * ```
 */
export function keyNumbers(record: Readonly<Record<string, number>>): KeyNumbers {
  const entries = Object.entries(record);
  if (entries.length === 0) {
    throw new RangeError("Cannot show key numbers as there must be one: their number is 0");
  }
  for (const [name, value] of entries) {
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot show key numbers as ${name} must be a number: current value is ${String(value)}`,
      );
    }
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `Cannot show key numbers as ${name} must be finite: current value is ${value}`,
      );
    }
    if (name.trim() !== "") continue;
    throw new RangeError(`Cannot show key numbers as each needs a name: that of ${value} is empty`);
  }
  return {
    columns: [{ title: "key number" }, { title: "value", format: keyFormat }],
    rows: entries,
    keyNumbers: Object.fromEntries(entries),
  };
}

/** Counts as they are, everything else to six digits. */
function keyFormat(value: number): string {
  return Number.isInteger(value) ? count(value) : significant(6)(value);
}
