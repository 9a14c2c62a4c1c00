import { assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { fitFamily } from "../../lib/distributions/families.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { lloydMaxFit } from "../../lib/quantizers/lloyd_max_fit.ts";
import { dataTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

const heavy = studentT({ location: 0, scale: 1, degreesOfFreedom: 1.3 })
  .sample(3000, { prng: createPrng(7) });

Deno.test("lloydMaxFit() is lloydMax() of the fit, where its variance is finite", () => {
  const sample = studentT({ location: 1, scale: 2, degreesOfFreedom: 8 })
    .sample(2000, { prng: createPrng(3) });
  for (const family of ["gaussian", "laplace", "logistic", "student-t", "generalized-gaussian"]) {
    const law = fitFamily(sample, family);
    assertEquals(lloydMaxFit(sample, { family, bits: 3 }), lloydMax(law, { bits: 3 }));
  }
});

Deno.test("lloydMaxFit() of a law without variance stays within the sample's reach", () => {
  const law = fitFamily(heavy, "student-t");
  assertEquals(law.variance, Infinity);
  const centre = law.symmetricAbout!;
  const reach = Math.max(...heavy.map((x) => Math.abs(x - centre)));
  for (const sample of [heavy, heavy.map((x) => -x)]) {
    const { lower, upper } = lloydMaxFit(sample, { family: "student-t", bits: 1 }).design.law!
      .parameters;
    assertRelative((upper! - lower!) / 2, reach, 1e-9, "reach, whichever the further end");
  }
  for (const bits of [1, 4, 7]) {
    const book = lloydMaxFit(heavy, { family: "student-t", bits });
    const { design, levels } = book;
    assertEquals([design.method, design.storedValues, design.converged], [
      "lloyd-max-student-t",
      4,
      true,
    ]);
    assertEquals(levels.length, 2 ** bits);
    assertLessOrEqual(Math.max(levels.at(-1)! - centre, centre - levels[0]!), reach);
    assertEquals(Number.isFinite(design.expectedMse), true);
  }
});

Deno.test("lloydMaxFit() gives a constant sample its own level, and refuses what no law can fit", () => {
  const options = { family: "student-t", bits: 3 };
  assertEquals([...lloydMaxFit([2, 2], options).levels], [2]);
  assertThrows(() => lloydMaxFit([], options), RangeError, "the sample is empty");
  assertThrows(() => lloydMaxFit([1, NaN], options), RangeError, "value 1 is NaN");
  assertThrows(
    () => lloydMaxFit([1, 2, 4], { ...options, family: "cauchy" }),
    RangeError,
    "cauchy",
  );
  assertThrows(() => lloydMaxFit(heavy, { ...options, bits: 0 }), RangeError, "current value is 0");
});

dataTest(
  "lloydMaxFit() converges on every shaped law of ResNet-20's convolutions",
  async (data) => {
    const { tensors } = await loadCheckpoint(`${data}/weights/cifar10/resnet20-12fca82f.th`);
    let infinite = 0;
    for (const [name, { data: weights, shape }] of tensors) {
      if (!/layer1.*conv1\.weight$/.test(name) || shape.length !== 4) continue;
      for (const family of ["logistic", "student-t", "generalized-gaussian"]) {
        for (const bits of [2, 5]) {
          const restarts = family === "student-t" ? 0 : 8;
          const { design, levels } = lloydMaxFit(weights as Float32Array, {
            family,
            bits,
            restarts,
          });
          assertEquals([design.converged, levels.every(Number.isFinite)], [true, true], name);
          assertLess(0, design.expectedMse!);
          if (design.law!.family === "truncated") infinite++;
        }
      }
    }
    // The Student t fit of layer1.0.conv1 has 1.26 degrees of freedom.
    assertEquals(infinite, 2);
  },
);

Deno.test("lloydMaxFit() gives two values their own levels, whatever the family", () => {
  for (const family of ["gaussian", "laplace", "student-t", "generalized-gaussian"]) {
    const { levels, design } = lloydMaxFit([0.5, -0.25], { family, bits: 1 });
    assertEquals([[...levels], design.storedValues], [[-0.25, 0.5], 2]);
  }
});
