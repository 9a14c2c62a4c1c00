import { assertEquals } from "@std/assert";
import { createPrng } from "../../lib/numerics/prng.ts";
import { firstAtOrAbove, indexSorted } from "../../lib/quantizers/sorted_index.ts";

const prng = createPrng(7);
const samples: Record<string, number[]> = {
  "one value": [0.5],
  "equal values": [3, 3, 3],
  "neighbouring doubles": [1, 1 + Number.EPSILON, 1 + 2 * Number.EPSILON],
  "the whole range of doubles": [-Number.MAX_VALUE, -1, 5e-324, 1, Number.MAX_VALUE],
  "denormals": [0, 5e-324, 1e-323],
  "ties": Array.from({ length: 200 }, () => Math.round(9 * prng())),
  "an outlier": [...Array.from({ length: 200 }, () => prng()), 1e30],
  "heavy tails": Array.from({ length: 500 }, () => (prng() - 0.5) ** 7),
};

for (const [name, values] of Object.entries(samples)) {
  Deno.test(`firstAtOrAbove() counts the values below: ${name}`, () => {
    const sorted = Float64Array.from(values).sort();
    const index = indexSorted(sorted);
    const between = [...sorted].map((value) => value * (1 + 1e-16) + 1e-17);
    const probes = [...sorted, ...between, -Infinity, -1e308, 0, 0.1, 2.5, 1e308, Infinity];
    for (const probe of probes) {
      assertEquals(firstAtOrAbove(index, probe), sorted.filter((value) => value < probe).length);
    }
  });
}
