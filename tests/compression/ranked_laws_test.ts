import { assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { rankLaws } from "../../lib/compression/ranked_laws.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

Deno.test("rankLaws() is selectDistribution(), once for the same values and anew for changed ones", () => {
  const weights = Float32Array.from(
    laplace({ location: 0, scale: 1 }).sample(500, { prng: createPrng(1) }),
  );
  const first = rankLaws(weights);
  assertEquals(first, selectDistribution(weights));
  assertStrictEquals(rankLaws(weights), first);
  for (
    const change of [() => weights[499] = 50, () => weights.reverse(), () => weights.fill(2, 0, 9)]
  ) {
    const before = rankLaws(weights);
    change();
    assertEquals(rankLaws(weights), selectDistribution(weights));
    assertEquals(rankLaws(weights) === before, false);
  }
  // Views of one buffer are arrays of their own.
  assertNotEquals(rankLaws(weights.subarray(0, 100)), rankLaws(weights.subarray(100, 200)));
});
