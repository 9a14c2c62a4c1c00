import type { Distribution } from "../distributions/distribution.ts";
import { chunksOf } from "../numerics/chunks.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { searchDeviations } from "./deviation_search.ts";
import { type KsStatistic, ksStatisticSorted, searchSize, twoSided } from "./ks_statistic.ts";

const action = "compute the Kolmogorov-Smirnov statistic";

/** The pilot holds at least half as many values, where there are so many. */
const pilotLimit = 2048;

/**
 * {@linkcode ksStatistic} of values that come in chunks and need not be in memory at once: the same result, to the last bit. Reads all chunks
 * three times; keeps bins of which the number grows with the square root of that of the values, and the values of those few bins that can
 * hold the largest deviation.
 *
 * @param chunks Gives the chunks, of any lengths, from the first to the last; the same ones each time that it is called.
 *
 * @throws {TypeError} If a chunk is no array of numbers.
 * @throws {RangeError} If there is no value, one is not finite, or the number of values is another the next time.
 *
 * @example
 * ```ts
 * import { gaussian, ksStatistic, ksStatisticOfChunks } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = gaussian({ mean: 0, standardDeviation: 1 });
 * const layers = [[-0.3, 0.1], [0.8, -1.2, 0.4]];
 * assertEquals(ksStatisticOfChunks(() => layers, law), ksStatistic(layers.flat(), law));
 * ```
 */
export function ksStatisticOfChunks(
  chunks: () => Iterable<Sample>,
  law: Distribution,
): KsStatistic {
  const { size, pilot } = survey(chunks());
  if (size < searchSize) return ksStatisticSorted(sortedCopy(pilot), law);
  const source = { size, pilot, chunks: () => smallChunksOf(chunks(), size), refuse };
  const [deviations] = searchDeviations(source, [law]);
  return twoSided(deviations!.above, deviations!.below, size);
}

/** The number of values, and some from all over: every one, every second, every fourth and so on, as their number grows. */
function survey(chunks: Iterable<Sample>): { size: number; pilot: Float64Array } {
  let size = 0, next = 0, stride = 1, pilot: number[] = [];
  for (const chunk of chunks) {
    // A chunk may be empty; all of them together may not.
    if (chunk.length !== 0) assertFiniteSample(chunk, action);
    for (; next < size + chunk.length; next += stride) {
      pilot.push(chunk[next - size]!);
      if (pilot.length < pilotLimit) continue;
      pilot = pilot.filter((_, i) => i % 2 === 0);
      // The next value in the doubled stride is one stride from here.
      next -= stride;
      stride *= 2;
    }
    size += chunk.length;
  }
  if (size === 0) assertFiniteSample([], action);
  return { size, pilot: Float64Array.from(pilot) };
}

function* smallChunksOf(chunks: Iterable<Sample>, size: number): Generator<Float64Array> {
  let count = 0;
  for (const chunk of chunks) {
    count += chunk.length;
    if (count > size) break;
    yield* chunksOf(chunk);
  }
  if (count !== size) {
    throw new RangeError(
      `Cannot ${action} as the chunks must hold the same values each time: ${size} values the first time, ${
        count > size ? "more" : count
      } the next`,
    );
  }
}

function refuse(): never {
  throw new RangeError(
    `Cannot ${action} as the chunks must hold the same values each time: one is not finite the second time`,
  );
}
