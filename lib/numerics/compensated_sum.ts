import { chunksOf } from "./chunks.ts";
import type { Sample } from "./sample.ts";

/** A sum with what its roundings lost; its value is `sum + correction`. */
export interface CompensatedSum {
  sum: number;
  correction: number;
}

/** Adds one value: the rounding error of an addition is itself a double (Knuth's TwoSum, The Art of Computer Programming 2, 4.2.2). */
export function addTo(total: CompensatedSum, value: number): void {
  const next = total.sum + value;
  const back = next - total.sum;
  total.correction += (total.sum - (next - back)) + (value - back);
  total.sum = next;
}

/** {@linkcode addTo} for every value of a chunk. Four sums side by side, so that an addition need not wait for the one before it. */
export function addChunkTo(total: CompensatedSum, chunk: Float64Array): void {
  let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  let correction0 = 0, correction1 = 0, correction2 = 0, correction3 = 0;
  const whole = chunk.length - chunk.length % 4;
  for (let i = 0; i < whole; i += 4) {
    const value0 = chunk[i]!, next0 = sum0 + value0, back0 = next0 - sum0;
    correction0 += (sum0 - (next0 - back0)) + (value0 - back0);
    sum0 = next0;
    const value1 = chunk[i + 1]!, next1 = sum1 + value1, back1 = next1 - sum1;
    correction1 += (sum1 - (next1 - back1)) + (value1 - back1);
    sum1 = next1;
    const value2 = chunk[i + 2]!, next2 = sum2 + value2, back2 = next2 - sum2;
    correction2 += (sum2 - (next2 - back2)) + (value2 - back2);
    sum2 = next2;
    const value3 = chunk[i + 3]!, next3 = sum3 + value3, back3 = next3 - sum3;
    correction3 += (sum3 - (next3 - back3)) + (value3 - back3);
    sum3 = next3;
  }
  for (const sum of [sum0, sum1, sum2, sum3]) addTo(total, sum);
  total.correction += (correction0 + correction1) + (correction2 + correction3);
  for (let i = whole; i < chunk.length; i++) addTo(total, chunk[i]!);
}

/** The sum of a sample; to the last bits unless it cancels to less than 1e-16 of the sum of magnitudes. O(n). */
export function compensatedTotal(sample: Sample): CompensatedSum {
  const total = { sum: 0, correction: 0 };
  for (const chunk of chunksOf(sample)) addChunkTo(total, chunk);
  return total;
}
