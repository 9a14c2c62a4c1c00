import { assertEquals, assertGreaterOrEqual, assertLessOrEqual, assertThrows } from "@std/assert";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { describeMethod, designCodebook, quantizerMethods } from "../../lib/quantizers/methods.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { widthsOf } from "./methods_at.ts";

const law = laplace({ location: 0.001, scale: 0.03 });
const sample = Float32Array.from(law.sample(1500, { prng: createPrng(12) }));

/** Its width is the entropy of the codes, which takes more levels. */
const byEntropy = ["entropy-constrained"];
/** Formats without a scale, and a splitting whose shrinkage is a distance in units of the weights. */
const boundToUnit = ["hqq", "float16", "bfloat16"];
/** Larger books are held against a bound in closed form, in bounds_test.ts. */
const widestBound = 8;

for (const method of quantizerMethods) {
  Deno.test(`designCodebook() by ${method}: at most 2^bits levels, ascending, named, and repeatable`, () => {
    for (const bits of widthsOf(method, [1, 2, 3, 4, 8])) {
      const codebook = designCodebook(sample, { method, bits });
      assertEquals(codebook.design.method, method);
      assertLessOrEqual(codebook.levels.length, 2 ** (byEntropy.includes(method) ? 16 : bits));
      assertEquals(codebook.thresholds.length, codebook.levels.length - 1);
      codebook.thresholds.forEach((threshold, i) => {
        assertEquals(codebook.levels[i]! < threshold && threshold <= codebook.levels[i + 1]!, true);
      });
      assertEquals(designCodebook(sample, { method, bits }), codebook);
    }
  });

  Deno.test(`designCodebook() by ${method} gives a constant sample its own level`, () => {
    const { levels, design } = designCodebook([0.5, 0.5], {
      method,
      bits: widthsOf(method, [4])[0],
    });
    assertEquals([[...levels], design.method, design.storedValues], [[0.5], method, 1]);
  });

  Deno.test(`designCodebook() by ${method} leaves the sample as it was`, () => {
    const values = Object.freeze([0.3, -0.2, 0.1, 0.05, -0.4]);
    const [bits] = widthsOf(method, [2]);
    designCodebook(values, { method, bits });
    const copy = sample.slice();
    designCodebook(sample, { method, bits });
    assertEquals(sample, copy);
  });
}

for (
  const method of quantizerMethods.filter((name) => describeMethod(name).bits[0] <= widestBound)
) {
  Deno.test(`designCodebook() by ${method} never beats the Lloyd-Max bound of a law with as many levels`, () => {
    for (
      const unit of [
        gaussian({ mean: 0, standardDeviation: 1 }),
        laplace({ location: 0, scale: 1 }),
      ]
    ) {
      for (const bits of widthsOf(method, [1, 2, 4])) {
        const { levels, thresholds } = designCodebook(
          unit.sample(500, { prng: createPrng(bits) }),
          { method, bits },
        );
        const bound = lloydMax(unit, { levels: levels.length }).design.expectedMse!;
        assertGreaterOrEqual(
          expectedMse(unit, levels, thresholds).expectedMse,
          bound * (1 - 1e-12),
        );
      }
    }
  });
}

for (const method of quantizerMethods.filter((name) => !boundToUnit.includes(name))) {
  Deno.test(`designCodebook() by ${method} is equivariant under scale`, () => {
    const scaled = sample.map((x) => 8 * x);
    const [bits] = widthsOf(method, [3]);
    const reference = designCodebook(sample, { method, bits }).levels;
    designCodebook(scaled, { method, bits }).levels.forEach((level, i) =>
      assertEquals(Math.abs(level - 8 * reference[i]!) <= 1e-12, true)
    );
  });
}

Deno.test("designCodebook() picks by KS the family the sample was drawn from", () => {
  const other = gaussian({ mean: 0, standardDeviation: 1 }).sample(4000, { prng: createPrng(1) });
  for (const method of ["ks-lloyd-max", "aciq"]) {
    assertEquals(designCodebook(sample, { method, bits: 3 }).design.law?.family, "laplace");
    assertEquals(designCodebook(other, { method, bits: 3 }).design.law?.family, "gaussian");
  }
});

Deno.test("designCodebook() by a law takes the smallest float32 weights, and refuses what no law is as narrow as", () => {
  const least = 2 ** -149;
  const byLaw = quantizerMethods.filter((name) =>
    describeMethod(name).kind === "law" || name.startsWith("aciq")
  );
  for (const method of byLaw) {
    const codebook = designCodebook([-least, 0, 3 * least], { method, bits: 2 });
    assertEquals(codebook.levels.every(Number.isFinite), true);
    assertThrows(
      () => designCodebook([-1e-160, 0, 3e-160], { method, bits: 2 }),
      RangeError,
      "must be at least 1e-150",
    );
    assertEquals(designCodebook([1, 2], { method, bits: 2 }).levels.every(Number.isFinite), true);
  }
});

Deno.test("designCodebook() refuses an unknown method, bad bits and bad samples", () => {
  assertThrows(
    () => designCodebook(sample, { method: "magic", bits: 4 }),
    RangeError,
    "Cannot design a codebook as method must be one of min-max, ",
  );
  assertThrows(
    () => designCodebook(sample, { method: "toString", bits: 4 }),
    RangeError,
    "current value is toString",
  );
  assertThrows(
    () => designCodebook(sample, { method: "min-max", bits: 17 }),
    RangeError,
    "Cannot design a codebook as bits must be an integer in [1, 16]: current value is 17",
  );
  // Where no method is called, too.
  assertThrows(
    () => designCodebook([1, 1], { method: "min-max", bits: 17 }),
    RangeError,
    "current value is 17",
  );
  assertThrows(() => designCodebook([], { method: "k-means", bits: 4 }), RangeError, "is empty");
  // Importances are looked at where no value differs, too.
  assertThrows(
    () => designCodebook([1, 1], { method: "k-means", bits: 4, importance: [1] }),
    TypeError,
    "a weight for each of 2 values: current number is 1",
  );
  assertThrows(
    () => designCodebook([1, Infinity], { method: "omse", bits: 4 }),
    RangeError,
    "value 1 is Infinity",
  );
});
