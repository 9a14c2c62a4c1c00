/** Turns a finite number of a table's cell into text. */
export interface NumberFormat {
  (value: number): string;
  /**
   * What the number is multiplied by before it is written, for those who write it with all of its digits: 100 for percent.
   *
   * @default {1}
   */
  readonly scale?: number;
}

/**
 * Formats with a fixed number of decimals: `fixed(2)(1.5)` is "1.50". A result of zero has no sign.
 *
 * @throws {RangeError} If digits is not an integer in [0, 100].
 *
 * @example
 * ```ts
 * import { fixed } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([1.5, -0.001].map(fixed(2)), ["1.50", "0.00"]);
 * ```
 */
export function fixed(digits: number): NumberFormat {
  assertDigits(digits, 0, "decimals");
  return (value) => withoutNegativeZero(value.toFixed(digits));
}

/**
 * Formats with a fixed number of significant digits, without an exponent from 1e-6 on: `significant(3)(0.0345478)` is "0.0345".
 *
 * @throws {RangeError} If digits is not an integer in [1, 100].
 *
 * @example
 * ```ts
 * import { significant } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([0.0345478, 123456, 4.1185e-7].map(significant(3)), ["0.0345", "123456", "4.12e-7"]);
 * ```
 */
export function significant(digits: number): NumberFormat {
  assertDigits(digits, 1, "significant digits");
  return (value) => {
    const text = value.toPrecision(digits);
    return text.includes("e+") ? value.toFixed(0) : text;
  };
}

/**
 * Formats a change with its sign, and what rounds to zero without: `signed(1)(0.5)` is "+0.5".
 *
 * @throws {RangeError} If digits is not an integer in [0, 100].
 *
 * @example
 * ```ts
 * import { signed } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([0.5, -12, 0].map(signed(1)), ["+0.5", "-12.0", "0.0"]);
 * ```
 */
export function signed(digits: number): NumberFormat {
  const format = fixed(digits);
  return (value) => {
    const text = format(value);
    return value > 0 && Number(text) > 0 ? `+${text}` : text;
  };
}

/**
 * Formats a number in another unit: `scaled(1000, fixed(1))` shows seconds as milliseconds.
 *
 * @example
 * ```ts
 * import { fixed, scaled } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scaled(1000, fixed(1))(0.0123), "12.3");
 * ```
 */
export function scaled(scale: number, format: NumberFormat): NumberFormat {
  return Object.assign((value: number) => format(scale * value), {
    scale: scale * (format.scale ?? 1),
  });
}

/**
 * Formats a fraction in percent, without the sign of percent: `percent(1)(0.917)` is "91.7".
 *
 * @throws {RangeError} If digits is not an integer in [0, 100].
 *
 * @example
 * ```ts
 * import { percent } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(percent(1)(0.917), "91.7");
 * ```
 */
export function percent(digits: number): NumberFormat {
  return scaled(100, fixed(digits));
}

/**
 * Formats a count, with a comma between thousands: `count(268336)` is "268,336".
 *
 * @example
 * ```ts
 * import { count } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([268336, 12, -1000].map(count), ["268,336", "12", "-1,000"]);
 * ```
 */
export function count(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Rounding may leave "-0.00", which says something that isn't known. */
function withoutNegativeZero(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}

function assertDigits(digits: number, least: number, what: string): void {
  if (!Number.isInteger(digits) || digits < least || digits > 100) {
    throw new RangeError(
      `Cannot format numbers as the number of ${what} must be an integer in [${least}, 100]: current value is ${digits}`,
    );
  }
}
