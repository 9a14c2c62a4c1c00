import { blocksOf, distancePowers } from "../../lib/distributions/distance_powers.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const prng = createPrng(3);
const samples: Record<string, Float64Array> = {
  "one value": Float64Array.of(2),
  "smooth": Float64Array.from({ length: 1000 }, () => prng() - 0.5).sort(),
  "heavy-tailed": Float64Array.from({ length: 500 }, () => (prng() - 0.5) ** 9).sort(),
  "tied": Float64Array.from({ length: 300 }, () => Math.round(8 * prng())).sort(),
  "an outlier": Float64Array.of(...Array.from({ length: 99 }, () => prng()), 1e100).sort(),
};

for (const [name, sorted] of Object.entries(samples)) {
  Deno.test(`distancePowers() is the sum of powers of each distance: ${name}`, () => {
    const blocks = blocksOf(sorted);
    for (const exponent of [0.2, 0.5, 0.9, 1, 1.7]) {
      const sumAbout = distancePowers(blocks, exponent);
      for (const point of [sorted[0]!, sorted[sorted.length >> 1]!, 0.3, -1e3]) {
        const sum = sorted.reduce((total, x) => total + Math.abs(x - point) ** exponent, 0);
        assertRelative(sumAbout(point), sum, 1e-13, `exponent ${exponent} about ${point}`);
      }
    }
  });
}
