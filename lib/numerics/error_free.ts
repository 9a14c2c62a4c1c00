/** 2^27 + 1: splits a double into halves whose products are exact (Veltkamp). */
const splitter = 134217729;

/**
 * A product and its rounding error: `a b = product + error`, exactly, for factors and a product within 1e-140 and 1e290 in
 * magnitude (Dekker, Numerische Mathematik 18, 1971).
 */
export function twoProduct(a: number, b: number): readonly [product: number, error: number] {
  const product = a * b;
  const scaledA = splitter * a, scaledB = splitter * b;
  const highA = scaledA - (scaledA - a), highB = scaledB - (scaledB - b);
  const lowA = a - highA, lowB = b - highB;
  return [product, lowA * lowB - (((product - highA * highB) - lowA * highB) - highA * lowB)];
}

/** The rounding error of `difference = minuend - subtrahend`: their sum is exact (Knuth's two-sum; TAOCP 2, 4.2.2). */
export function differenceError(minuend: number, subtrahend: number, difference: number): number {
  const taken = minuend - difference;
  return (minuend - (difference + taken)) + (taken - subtrahend);
}

/** Beyond this magnitude `remainder` would overflow on the way, and gives 0. */
const largestFactor = 1e150;

/** `dividend - quotient * divisor` without the rounding of the product. */
export function remainder(dividend: number, divisor: number, quotient: number): number {
  if (!(Math.abs(quotient) < largestFactor && Math.abs(divisor) <= largestFactor)) return 0;
  const [product, error] = twoProduct(quotient, divisor);
  return (dividend - product) - error;
}
