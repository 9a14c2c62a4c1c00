import { assert, assertEquals, assertThrows } from "@std/assert";
import type { FittedDistribution } from "../../lib/distributions/fit.ts";
import { standardErrorsOf } from "../../lib/numerics/newton_maximum.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface FitFixture {
  fits: {
    sample: string;
    family: string;
    parameters: Record<string, number>;
    logLikelihood: number;
    unbounded: boolean;
  }[];
}

const spread = (size: number, at: (u: number) => number) =>
  Float64Array.from({ length: size }, (_, i) => at((i + 0.5) / size));

const tails = spread(2000, (u) => {
  const side = 2 * u - 1;
  return -0.05 * Math.sign(side) * Math.log(1 - Math.abs(side));
});

const skewedSample = () => spread(2000, (u) => -Math.log(1 - u) + 0.1 * Math.log(u));

/** Five kinds of samples; the generator of the fixture makes the same ones. */
const samples: Record<string, () => Float64Array> = {
  "light tail": () => spread(2000, (u) => Math.asin(2 * u - 1)),
  "heavy tail": () => spread(2000, (u) => 3 + (0.02 * (2 * u - 1)) / Math.sqrt(2 * u * (1 - u))),
  "skewed": skewedSample,
  "many ties": () => Float64Array.of(...new Float64Array(3000), ...tails),
  "a million": () => spread(1_000_000, (u) => 0.02 * Math.log(u / (1 - u))),
};

type Fit = (sample: Sample) => FittedDistribution;

/**
 * The tests of an iterative fit.
 *
 * @param scores The derivatives of the mean log-likelihood, each in its parameter's own unit, by a formula other than the library's.
 */
export function testFits(
  family: string,
  name: string,
  fit: Fit,
  scores: (parameters: Readonly<Record<string, number>>, sample: Float64Array) => number[],
): void {
  const { fits } = readFixture<FitFixture>("shaped_laws/fits.json");
  for (
    const { sample: kind, logLikelihood, unbounded } of fits.filter((row) => row.family === family)
  ) {
    const test = kind === "a million" ? slowTest : Deno.test;
    test(`${name} fit of a sample with ${kind} reaches SciPy's likelihood and a score of 1e-9`, () => {
      const sample = samples[kind]!();
      const { parameters, fit: record, logPdf } = fit(sample);
      // Sums of this many terms agree to about so many digits.
      const rounding = 1e-12 * Math.abs(logLikelihood);
      assert(
        record.logLikelihood >= logLikelihood - rounding,
        `${record.logLikelihood} is below SciPy's ${logLikelihood}`,
      );
      const sum = sample.reduce((total, x) => total + logPdf(x), 0);
      assertRelative(record.logLikelihood, sum, 1e-11, "sum of logPdf");
      assertEquals(record.estimator, "maximum likelihood");
      assertEquals(record.iteration!.converged, !unbounded);
      assert(record.iteration!.score <= 1e-9, `score is ${record.iteration!.score}`);
      if (unbounded) return;
      for (const score of scores(parameters, sample)) {
        assert(Math.abs(score) <= 1e-9, `a score is ${score}`);
      }
    });
  }

  Deno.test(`${name} fit moves and stretches with its sample`, () => {
    const sample = spread(500, (u) => Math.tan(1.4 * (2 * u - 1)) + 0.3 * u);
    const { location, scale, ...shape } = fit(sample).parameters;
    for (const [factor, shift] of [[1e-8, 0], [1e100, 0], [1e-100, 0], [0.02, 3]] as const) {
      const moved = fit(sample.map((x) => shift + factor * x)).parameters;
      // The values about 3 are rounded to 1e-14 of the deviation.
      const accuracy = shift === 0 ? 1e-10 : 1e-9;
      assertRelative(moved["scale"]!, factor * scale!, accuracy, "scale");
      assertRelative(
        moved["location"]!,
        shift + factor * location!,
        accuracy,
        "location",
        factor * scale! + 1e-5 * shift,
      );
      for (const [parameter, value] of Object.entries(shape)) {
        assertRelative(moved[parameter]!, value, accuracy, parameter);
      }
    }
  });

  Deno.test(`${name} fit of float32 equals that of the same doubles, and keeps its input`, () => {
    const sample = Float32Array.from(samples["heavy tail"]!());
    const before = sample.slice();
    assertEquals(fit(sample).parameters, fit(Float64Array.from(sample)).parameters);
    assertEquals(sample, before);
  });

  slowTest(`${name} fit of a large sample with three values that differ is finite`, () => {
    const sample = new Float64Array(100_000);
    sample.set([1, -2, 3], 99_997);
    const { parameters, fit: record } = fit(sample);
    assert(Object.values(parameters).every(Number.isFinite), JSON.stringify(parameters));
    assert(Number.isFinite(record.logLikelihood), `${record.logLikelihood}`);
  });

  Deno.test(`${name} fit refuses a constant, a short and a non-finite sample by value`, () => {
    assertThrows(() => fit([2, 2, 2, 2]), RangeError, "as the values must differ: all 4 are 2");
    assertThrows(() => fit([2]), RangeError, "values: its length is 1");
    assertThrows(() => fit([]), RangeError, "as the sample is empty");
    assertThrows(() => fit([1, 2, NaN]), RangeError, "must be finite: value 2 is NaN");
    assertThrows(() => fit([1, -Infinity, 3]), RangeError, "must be finite: value 1 is -Infinity");
  });
}

/** Fails unless the standard errors that fits report are the deviation of their estimates over 200 seeds, to four errors of it. */
export function assertStandardErrors(fitOf: (seed: number) => FittedDistribution): void {
  const count = 200;
  const fits = Array.from({ length: count }, (_, seed) => fitOf(seed));
  for (const name of Object.keys(fits[0]!.parameters)) {
    const estimates = fits.map(({ parameters }) => parameters[name]!);
    const mean = estimates.reduce((sum, x) => sum + x, 0) / count;
    const deviation = Math.sqrt(estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
    const reported = fits.map(({ fit }) => fit.standardErrors[name]!).sort((a, b) => a - b);
    assertRelative(deviation, reported[count / 2]!, 4 / Math.sqrt(2 * count), `error of ${name}`);
  }
}

/** Fails unless the standard errors come from the derivatives of the scores at the optimum, here by central differences. */
export function assertObservedErrors(
  fit: Fit,
  scores: (parameters: Readonly<Record<string, number>>, sample: Float64Array) => number[],
  sample = skewedSample(),
): void {
  const { parameters, fit: { standardErrors } } = fit(sample);
  const names = Object.keys(parameters);
  // A location and a scale are scored in scales, the rest in their own unit.
  const units = names.map((name) =>
    name === "location" || name === "scale" ? parameters["scale"]! : 1
  );
  const columns = names.map((name, j) => {
    const step = 1e-4 * units[j]!;
    const above = scores({ ...parameters, [name]: parameters[name]! + step }, sample);
    const below = scores({ ...parameters, [name]: parameters[name]! - step }, sample);
    return above.map((score, i) => (score - below[i]!) / (2 * step * units[i]!));
  });
  const information = names.map((_, i) => columns.map((column) => -sample.length * column[i]!));
  standardErrorsOf(information).forEach((error, i) =>
    assertRelative(standardErrors[names[i]!]!, error, 1e-5, `error of ${names[i]}`)
  );
}
