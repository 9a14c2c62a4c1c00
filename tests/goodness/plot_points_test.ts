import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { laplace } from "../../lib/distributions/laplace.ts";
import { ppPoints, qqPoints } from "../../lib/goodness/plot_points.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

const law = laplace({ location: 3, scale: 0.02 });
const sample = law.sample(5001, { prng: createPrng(1) });
const sorted = sample.toSorted();

Deno.test("qqPoints() pairs every value with the law's quantile at Hazen's position", () => {
  const points = qqPoints(sample, law, { points: 10_000 });
  assertEquals(points.length, sample.length);
  points.forEach(({ probability, theoretical, observed }, i) => {
    assertEquals(probability, (i + 0.5) / sample.length);
    assertEquals([theoretical, observed], [law.quantile(probability), sorted[i]]);
  });
});

Deno.test("ppPoints() pairs every value's cdf with Hazen's position", () => {
  ppPoints(sample, law, { points: 5001 }).forEach(({ theoretical, observed, value }, i) => {
    assertEquals([theoretical, observed, value], [
      law.cdf(sorted[i]!),
      (i + 0.5) / sample.length,
      sorted[i]!,
    ]);
  });
});

Deno.test("qqPoints() and ppPoints() thin a sample to even ranks, the extremes among them", () => {
  for (const points of [2, 3, 101, 1000]) {
    const thinned = qqPoints(Float32Array.from(sample), law, { points });
    assertEquals(thinned.length, points);
    assertEquals(thinned[0]!.observed, Math.fround(sorted[0]!));
    assertEquals(thinned.at(-1)!.observed, Math.fround(sorted.at(-1)!));
    for (const { probability, observed } of thinned) {
      const rank = Math.round(probability * sample.length - 0.5);
      assertEquals(observed, Math.fround(sorted[rank]!));
    }
    const steps = thinned.slice(1).map(({ probability }, i) =>
      probability - thinned[i]!.probability
    );
    assertLess((Math.max(...steps) - Math.min(...steps)) * sample.length, 1.001);
    assertEquals(
      ppPoints(sample, law, { points }).map(({ observed }) => observed),
      thinned.map(({ probability }) => probability),
    );
  }
  assertEquals(qqPoints([7], law).map(({ observed, probability }) => [observed, probability]), [[
    7,
    0.5,
  ]]);
});

Deno.test("qqPoints() and ppPoints() are plain rows", () => {
  const points = [qqPoints(sample, law, { points: 5 }), ppPoints(sample, law, { points: 5 })];
  assertEquals(JSON.parse(JSON.stringify(points)), points);
  assertEquals(structuredClone(points), points);
});

Deno.test("qqPoints() and ppPoints() refuse bad samples and counts", () => {
  assertThrows(
    () => qqPoints([], law),
    RangeError,
    "Cannot draw a quantile-quantile plot as the sample is empty",
  );
  assertThrows(
    () => ppPoints([1], law, { points: 1 }),
    RangeError,
    "Cannot draw a probability-probability plot as points must be an integer of at least 2: current value is 1",
  );
  assertThrows(() => ppPoints([1, Infinity], law), RangeError, "value 1 is Infinity");
});
