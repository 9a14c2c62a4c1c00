import { assertEquals, assertThrows } from "@std/assert";
import { dataOf } from "../../lib/distributions/data_of.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { truncated } from "../../lib/distributions/truncated.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { assertRelative } from "../tolerance.ts";

const standard = gaussian({ mean: 0, standardDeviation: 1 });

Deno.test("truncated() stores its finite ends and the law inside, and lives again after JSON", () => {
  const law = truncated(truncated(standard, { lower: -1 }), { upper: 2 });
  const data = dataOf(law);
  assertEquals(data, {
    family: "truncated",
    parameters: { upper: 2 },
    components: [{
      family: "truncated",
      parameters: { lower: -1 },
      components: [{ family: "gaussian", parameters: { mean: 0, standardDeviation: 1 } }],
    }],
  });
  for (const copy of [JSON.parse(JSON.stringify(data)), structuredClone(data)]) {
    const again = distribution(copy);
    assertEquals([again.mean, again.cdf(0.3)], [law.mean, law.cdf(0.3)]);
  }
});

Deno.test("truncated() of a truncated law is the law on the common interval", () => {
  const twice = truncated(truncated(standard, { lower: -1, upper: 5 }), { lower: -3, upper: 2 });
  const once = truncated(standard, { lower: -1, upper: 2 });
  assertEquals(twice.support, [-1, 2]);
  for (const x of [-0.9, 0, 1.3]) {
    assertRelative(twice.pdf(x), once.pdf(x), 1e-14, `pdf(${x})`);
    assertRelative(twice.cdf(x), once.cdf(x), 1e-14, `cdf(${x})`);
  }
  assertRelative(twice.variance, once.variance, 1e-14, "variance");
});

Deno.test("truncated() without ends is the law itself", () => {
  const law = truncated(laplace({ location: 1, scale: 2 }), {});
  assertEquals(law.parameters, {});
  assertEquals([law.mean, law.symmetricAbout, law.support], [1, 1, [-Infinity, Infinity]]);
  for (const p of [1e-300, 0.2, 0.5, 0.9]) {
    const expected = laplace({ location: 1, scale: 2 }).quantile(p);
    assertRelative(law.quantile(p), expected, 1e-14, `quantile(${p})`);
  }
});

Deno.test("truncated() inherits concavity and what symmetry is left, and keeps the breakpoints inside", () => {
  const law = laplace({ location: 1, scale: 2 });
  const even = truncated(law, { lower: -2, upper: 4 });
  assertEquals([even.logConcave, even.symmetricAbout, even.breakpoints], [true, 1, [1]]);
  assertRelative(even.mean, 1, 1e-15, "mean");
  const odd = truncated(law, { lower: -2, upper: 1 });
  assertEquals([odd.symmetricAbout, odd.breakpoints], [undefined, []]);
  // The support counts, not the end that was asked for.
  const wide = truncated(uniformOn({ lower: 0, upper: 1 }), { lower: -1, upper: 7 });
  assertEquals([wide.symmetricAbout, wide.support], [0.5, [0, 1]]);
});

Deno.test("truncated() has the standard form of the law inside, its ends moved with it", () => {
  const law = truncated(gaussian({ mean: 3, standardDeviation: 0.5 }), { lower: 2, upper: 5 });
  const { location, scale, standard } = law.standardForm;
  assertEquals([location, scale], [3, 0.5]);
  assertEquals(dataOf(standard()), {
    family: "truncated",
    parameters: { lower: -2, upper: 4 },
    components: [{ family: "gaussian", parameters: { mean: 0, standardDeviation: 1 } }],
  });
});

Deno.test("truncated() takes a mixture, and has no mass between its components", () => {
  const law = mixture([
    { weight: 0.5, law: uniformOn({ lower: 0, upper: 1 }) },
    { weight: 0.5, law: uniformOn({ lower: 3, upper: 4 }) },
  ]);
  const cut = truncated(law, { lower: 0.5, upper: 3.25 });
  assertRelative(cut.cdf(2), 2 / 3, 1e-14, "cdf(2)");
  assertRelative(cut.quantile(1 / 3), 0.75, 1e-14, "quantile(1/3)");
  assertRelative(cut.quantile(5 / 6), 3.125, 1e-14, "quantile(5/6)");
  assertThrows(
    () => truncated(law, { lower: 1, upper: 3 }),
    RangeError,
    "a probability of at least",
  );
});

Deno.test("truncated() finds quantiles far out in a tail without a mirror image", () => {
  // Exponential: what is left above any point is the same law again.
  const law = truncated(exponential({ location: 0, scale: 2 }), { lower: 1200 });
  for (const p of [0.1, 0.5, 0.999, 1 - 2 ** -40]) {
    assertRelative(law.quantile(p), 1200 - 2 * Math.log1p(-p), 1e-15, `quantile(${p})`);
  }
  assertRelative(law.mean, 1202, 1e-15, "mean");
  assertRelative(law.variance, 4, 1e-14, "variance");
});

Deno.test("truncated() finds quantiles of a heavy tail to where doubles end", () => {
  const cauchy = studentT({ location: 0, scale: 1, degreesOfFreedom: 1 });
  const whole = truncated(cauchy, {});
  assertEquals([whole.mean, whole.variance], [NaN, Infinity]);
  // P(X < x) is 1 / (pi |x|) far out.
  assertRelative(whole.quantile(1e-300), -1e300 / Math.PI, 1e-12, "quantile(1e-300)");
  assertEquals(whole.quantile(1e-320), -Infinity);
  const far = truncated(cauchy, { lower: 1e12 });
  assertEquals([far.mean, far.variance], [Infinity, Infinity]);
  assertRelative(far.quantile(0.75), 4e12, 1e-12, "quantile(0.75)");
});

Deno.test("truncated() finds quantiles on either side of a gap", () => {
  const law = truncated(
    mixture([
      { weight: 0.75, law: standard },
      { weight: 0.25, law: gaussian({ mean: 1e6, standardDeviation: 1e-3 }) },
    ]),
    { lower: 0 },
  );
  // The half of the first that is left weighs 0.375 of 0.625.
  assertRelative(law.quantile(0.3), 0.6744897501960817, 1e-12, "quantile(0.3)");
  assertRelative(law.quantile(0.8), 1e6, 1e-15, "quantile(0.8)");
});

Deno.test("truncated() refuses intervals without mass, and ends that are no numbers", () => {
  assertThrows(
    () => truncated(standard, { lower: 40 }),
    RangeError,
    "Cannot create a truncated law as the interval must hold a probability of at least 1e-290: current value is 0 on (40, Infinity)",
  );
  assertThrows(
    () => truncated(standard, { lower: 2, upper: 1 }),
    RangeError,
    "current value is 0 on (2, 1)",
  );
  assertThrows(
    () => truncated(uniformOn({ lower: 0, upper: 1 }), { lower: 1 }),
    RangeError,
    "current value is 0 on (1, Infinity)",
  );
  assertThrows(
    () => truncated(standard, { lower: NaN }),
    RangeError,
    "Cannot create a truncated law as lower must be finite: current value is NaN",
  );
  assertThrows(
    () => truncated(standard, { lower: Infinity }),
    RangeError,
    "lower must be finite: current value is Infinity",
  );
});

Deno.test("distribution() refuses a truncated law whose data are incomplete", () => {
  assertThrows(
    () => distribution({ family: "truncated", parameters: { lower: 0 } }),
    RangeError,
    "Cannot create a truncated law as it must have 1 components: current value is 0",
  );
  assertThrows(
    () => distribution({ family: "truncated", parameters: { from: 0 }, components: [standard] }),
    RangeError,
    "its parameters must be lower (optional), upper (optional): current value is from",
  );
  const components = [{ family: "gaussian", parameters: { mean: 0 } }];
  assertThrows(
    () => distribution({ family: "truncated", parameters: { lower: 0 }, components }),
    RangeError,
    "its parameters must be mean, standardDeviation: current value is mean",
  );
});
