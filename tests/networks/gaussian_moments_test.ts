import { assert, assertEquals } from "@std/assert";
import {
  clippedGaussianMoments,
  largestGaussianMoments,
} from "../../lib/networks/gaussian_moments.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

const fixture = readFixture<{
  readonly clipped: readonly {
    readonly upper: number | "Infinity";
    readonly mean: number;
    readonly variance: number;
    readonly clippedMean: number;
    readonly clippedVariance: number;
  }[];
  readonly largest: readonly { count: number; mean: number; variance: number }[];
}>("activation_moments/gaussian.json");

Deno.test("clippedGaussianMoments() gives mpmath's integrals", () => {
  for (const row of fixture.clipped) {
    const { mean, variance } = clippedGaussianMoments(row, Number(row.upper));
    const what = JSON.stringify(row);
    assertRelative(mean, row.clippedMean, 1e-12, what);
    assertRelative(variance, row.clippedVariance, 1e-15, what, row.variance);
  }
});

Deno.test("clippedGaussianMoments() of a constant is the clipped constant", () => {
  const constant = (mean: number) => clippedGaussianMoments({ mean, variance: 0 }, 6);
  assertEquals([-1, 2, 7].map(constant), [0, 2, 6].map((mean) => ({ mean, variance: 0 })));
});

Deno.test("clippedGaussianMoments() stays within its bounds at extreme means and variances", () => {
  for (const upper of [6, Infinity]) {
    for (const mean of [-1e150, -1e3, -1e-150, 0, 1e-150, 3, 1e3, 1e150]) {
      for (const variance of [5e-324, 1e-300, 1e-8, 1, 1e8, 1e300]) {
        const clipped = clippedGaussianMoments({ mean, variance }, upper);
        const what = `${mean}, ${variance}, ${upper}: ${JSON.stringify(clipped)}`;
        assert(clipped.mean >= 0 && clipped.mean <= upper && Number.isFinite(clipped.mean), what);
        assert(
          clipped.variance >= 0 && clipped.variance <= Math.min(variance, upper * upper / 4),
          what,
        );
      }
    }
  }
});

Deno.test("largestGaussianMoments() gives mpmath's integrals", () => {
  for (const { count, mean, variance } of fixture.largest) {
    const actual = largestGaussianMoments(count);
    assertRelative(actual.mean, mean, 1e-14, `mean of ${count}`, 1);
    assertRelative(actual.variance, variance, 1e-13, `variance of ${count}`, 1);
  }
});
