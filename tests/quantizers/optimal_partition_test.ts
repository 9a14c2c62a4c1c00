import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { createPrng, type Prng } from "../../lib/numerics/prng.ts";
import { improvePartition, startPartition } from "../../lib/quantizers/local_partition.ts";
import { optimalPartition } from "../../lib/quantizers/optimal_partition.ts";
import {
  cellError,
  partitionError,
  type SortedSums,
  sortedSums,
} from "../../lib/quantizers/sorted_sums.ts";

/** The least error of a partition into at most `count` cells, by trying every start of every cell. */
function leastError(data: SortedSums, count: number): number {
  const size = data.sorted.length;
  let least = Float64Array.from({ length: size + 1 }, (_, end) => cellError(data, 0, end));
  for (let cell = 1; cell < count; cell++) {
    const next = least.slice();
    for (let end = 1; end <= size; end++) {
      for (let start = 0; start < end; start++) {
        next[end] = Math.min(next[end]!, least[start]! + cellError(data, start, end));
      }
    }
    least = next;
  }
  return least[size]!;
}

const kinds: Readonly<Record<string, (prng: Prng, i: number) => number>> = {
  "spread": (prng) => prng(),
  "ties": (prng) => Math.floor(20 * prng()),
  "equal spacing": (_, i) => i,
  "many scales": (prng) => Math.exp(20 * prng()),
  "clusters": (prng) => 100 * Math.floor(4 * prng()) + prng(),
  "60 % zeros": (prng) => prng() < 0.6 ? 0 : prng() - prng(),
  "outlier": (prng, i) => i === 0 ? 1e6 : prng(),
  "Laplace": (prng) => Math.log(1 - prng()) * (prng() < 0.5 ? -1 : 1),
};

for (const [kind, value] of Object.entries(kinds)) {
  Deno.test(`optimalPartition() from a few edges rules out all but the optimum: ${kind}`, () => {
    const prng = createPrng(31);
    for (let trial = 0; trial < 150; trial++) {
      const size = 4 + Math.floor(90 * prng());
      const sorted = Float64Array.from({ length: size }, (_, i) => value(prng, i)).sort();
      const masses = prng() < 0.4 ? sorted.map(() => 1 + Math.floor(50 * prng() ** 3)) : undefined;
      const data = sortedSums(sorted, masses);
      const count = 2 + Math.floor(Math.min(size - 2, 9) * prng());
      const inner = Array.from({ length: 8 }, () => 1 + Math.floor((size - 1) * prng()));
      const edges = Int32Array.from(new Set([1, ...inner, size - 1])).sort();
      if (edges.length < count - 1) continue;
      const { bounds, lossBound } = optimalPartition(data, count, { edges });
      const least = leastError(data, count);
      const error = partitionError(data, bounds);
      assert(
        error <= least * (1 + 1e-9) + 1e-14,
        `${size} values, ${count} cells: ${error}, ${least}`,
      );
      assertEquals([lossBound, bounds[0], bounds[count]], [0, 0, size]);
    }
  });
}

Deno.test("optimalPartition() doesn't depend on the edges it starts from", () => {
  const prng = createPrng(5);
  const sorted = Float64Array.from({ length: 20_000 }, () => (prng() - 0.5) ** 3).sort();
  const data = sortedSums(sorted);
  const reference = optimalPartition(data, 12);
  for (const parts of [20, 300]) {
    const edges = Int32Array.from(
      { length: parts },
      (_, i) => 1 + Math.floor((19_998 * i) / (parts - 1)),
    );
    assertEquals(optimalPartition(data, 12, { edges }).bounds, reference.bounds);
  }
});

Deno.test("optimalPartition() never loses to a local one, and falls with the count", () => {
  const sample = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
    minLength: 6,
    maxLength: 200,
  });
  fc.assert(
    fc.property(sample, fc.integer({ min: 1, max: 6 }), (values, count) => {
      const data = sortedSums(Float64Array.from(values).sort());
      const error = partitionError(data, optimalPartition(data, count).bounds);
      const local = improvePartition(data, startPartition(data, count)).error;
      assertLessOrEqual(error, local + 1e-13 * values.length);
      if (count === 1) return;
      const fewer = partitionError(data, optimalPartition(data, count - 1).bounds);
      assertLessOrEqual(error, fewer + 1e-13 * values.length);
    }),
    { seed: 8 },
  );
});

Deno.test("optimalPartition() reports progress, and stops when it is told to", () => {
  const prng = createPrng(6);
  const sorted = Float64Array.from({ length: 30_000 }, () => prng() + prng()).sort();
  const shares: number[] = [];
  const data = sortedSums(sorted);
  optimalPartition(data, 8, { onProgress: (share) => shares.push(share) });
  assert(shares.length > 1 && shares.every((share) => share >= 0 && share <= 1));
  assertLess(1 - shares.at(-1)!, 0.01);
  const controller = new AbortController();
  let rounds = 0;
  const reason = new Error("enough");
  try {
    optimalPartition(data, 8, {
      signal: controller.signal,
      onProgress: () => ++rounds === 1 && controller.abort(reason),
    });
    assert(false, "it went on");
  } catch (error) {
    assertEquals([error, rounds], [reason, 1]);
  }
});

Deno.test("improvePartition() ends where Lloyd's iteration would move no value", () => {
  const prng = createPrng(12);
  const sorted = Float64Array.from({ length: 5000 }, () => Math.log(1 - prng())).sort();
  const data = sortedSums(sorted);
  const { bounds, converged } = improvePartition(data, [0, 1, 2, 3, 2500, 4000, 4990, 5000]);
  assertEquals(converged, true);
  const meanOf = (cell: number) => {
    const values = sorted.subarray(bounds[cell], bounds[cell + 1]);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  for (let cell = 1; cell < 7; cell++) {
    const threshold = (meanOf(cell - 1) + meanOf(cell)) / 2;
    assertLessOrEqual(sorted[bounds[cell]! - 1]!, threshold);
    assertLessOrEqual(threshold, sorted[bounds[cell]!]!);
  }
});

Deno.test("sortedSums() keeps the errors of cells beside a huge outlier, and at any scale", () => {
  const values = [-1, 0.5, 0.75, 3, 4];
  const error = cellError(sortedSums(Float64Array.from(values)), 1, 4);
  for (const factor of [2 ** -1000, 2 ** 490]) {
    const scaled = sortedSums(Float64Array.from(values, (value) => value * factor));
    assertEquals(cellError(scaled, 1, 4), error);
  }
  const { scale, ...sums } = sortedSums(Float64Array.of(...values, 1e30));
  const own = cellError({ scale, ...sums }, 1, 4) / scale ** 2;
  assertLess(Math.abs(own - 91 / 24), 1e-14);
});
