import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { selectionRate } from "../../lib/goodness/selection_rate.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

const standard = gaussian({ mean: 0, standardDeviation: 1 });

Deno.test("selectionRate() counts what selectDistribution() chooses of the seed's samples, one after the other", () => {
  const prng = createPrng(9);
  const chosen = Array.from(
    { length: 30 },
    () => selectDistribution(standard.sample(25, { prng }), { criterion: "aic" }).chosen.family,
  );
  const correct = chosen.filter((family) => family === "gaussian").length;
  assertGreater(correct, 0);
  assertGreater(30, correct);
  assertEquals(
    selectionRate(standard, { size: 25, draws: 30, seed: 9, criterion: "aic" }),
    { family: "gaussian", criterion: "aic", size: 25, draws: 30, correct },
  );
});

Deno.test("selectionRate() lets the families given compete", () => {
  const settings = { size: 40, draws: 30, criterion: "aic" } as const;
  const families = ["gaussian", "laplace", "logistic"];
  const prng = createPrng(1);
  const samples = Array.from({ length: 30 }, () => standard.sample(40, { prng }));
  const correct =
    samples.filter((sample) =>
      selectDistribution(sample, { families, criterion: "aic" }).chosen.family === "gaussian"
    ).length;
  assertEquals(selectionRate(standard, { ...settings, families }).correct, correct);
  assertGreater(selectionRate(standard, settings).correct, correct);
});

Deno.test("selectionRate() rises with the size, for either law, and doesn't depend on location and scale", () => {
  for (
    const [law, moved] of [
      [standard, gaussian({ mean: -4, standardDeviation: 0.01 })],
      [laplace({ location: 0, scale: 1 }), laplace({ location: -4, scale: 0.01 })],
    ] as const
  ) {
    const rate = (size: number) => selectionRate(law, { size, draws: 100 }).correct;
    assertGreater(rate(100), rate(20));
    assertGreater(rate(800), 98);
    assertEquals(selectionRate(moved, { size: 100, draws: 100 }).correct, rate(100));
  }
});

Deno.test("selectionRate() refuses a law that is no candidate, and counts that are none", () => {
  assertThrows(
    () => selectionRate(standard, { size: 50, families: ["laplace", "logistic"] }),
    RangeError,
    "Cannot count how often a family is found as the law's must be among the candidates laplace, logistic: current value is gaussian",
  );
  for (const [name, options] of [["size", { size: 0.5 }], ["draws", { size: 5, draws: -1 }]]) {
    assertThrows(
      () => selectionRate(standard, options as { size: number }),
      RangeError,
      `as ${name} must be a positive integer`,
    );
  }
  assertThrows(() => selectionRate(standard, { size: 1 }), RangeError, "at least 2 values");
});
