import { count, fixed, type NumberFormat, significant } from "../format.ts";

/** Decimals beyond these are no easier to read than an exponent. */
const mostDecimals = 9;
/** As many significant digits tell any two numbers apart. */
const mostDigits = 17;

/**
 * One number of decimals for a column of like numbers: the largest magnitude has at least so many significant digits, and the least gap
 * between neighbours two, so that no two of them look the same.
 */
export function sameDecimals(ascending: readonly number[], digits: number): NumberFormat {
  const largest = Math.max(0, ...ascending.map(Math.abs));
  const gaps = ascending.slice(1).map((value, i) => value - ascending[i]!);
  const decimals = Math.max(
    decimalsOf(largest, digits),
    ...gaps.map((gap) => decimalsOf(gap, 2)),
  );
  if (decimals <= mostDecimals) return fixed(decimals);
  const needed = gaps.map((gap, i) => {
    const magnitude = Math.max(Math.abs(ascending[i]!), Math.abs(ascending[i + 1]!));
    return gap > 0 ? 2 + Math.floor(Math.log10(magnitude)) - Math.floor(Math.log10(gap)) : 0;
  });
  return significant(Math.min(Math.max(digits, ...needed), mostDigits));
}

/**
 * A p-value, with as many more digits as tell on which side of 5 % it lies; 0 is what is too small for a number of double precision.
 */
export function pValueFormat(digits: number): NumberFormat {
  const sideOf = (value: number) => Math.sign(value - 0.05);
  return (value) => {
    if (value === 0) return "<1e-300";
    let needed = digits;
    while (sideOf(Number(significant(needed)(value))) !== sideOf(value)) needed += 1;
    return significant(needed)(value);
  };
}

/** How many decimals show so many significant digits of a number; of 0, none. */
function decimalsOf(magnitude: number, digits: number): number {
  return magnitude > 0 ? Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude))) : 0;
}

/** A ratio in decibels. JSON writes null for one that is infinite: nothing was lost of the signal, or there was none. */
export function sqnrOf({ mse, sqnrDb }: { readonly mse: number; readonly sqnrDb: number }): number {
  return sqnrDb ?? (mse === 0 ? Infinity : -Infinity);
}

/** Numbers of a typed array, which JSON may have made an object of its indices. */
export function numbersOf(values: ArrayLike<number> | Readonly<Record<string, number>>): number[] {
  return Array.isArray(values) || ArrayBuffer.isView(values)
    ? Array.from(values as ArrayLike<number>)
    : Object.values(values);
}

/** How many there are: "1 tensor", "20 tensors". */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** "16 × 3 × 3 × 3"; a single value has no axes. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? "single value" : shape.join(" × ");
}
