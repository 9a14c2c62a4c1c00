/**
 * Sums `term(i)` over `[0, size)` in blocks of 1,024 that are added to a running total: for terms of one sign the relative
 * rounding error stays near `(1024 + size / 1024) * 2^-53`, and is far smaller in the mean.
 */
export function blockwiseSum(size: number, term: (i: number) => number): number {
  let total = 0;
  for (let start = 0; start < size; start += 1024) {
    const end = Math.min(start + 1024, size);
    let block = 0;
    for (let i = start; i < end; i++) block += term(i);
    total += block;
  }
  return total;
}
