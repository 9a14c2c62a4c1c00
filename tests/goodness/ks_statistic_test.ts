import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { distribution, fitFamily } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import {
  type KsStatistic,
  ksStatistic,
  ksStatistics,
  ksStatisticSorted,
} from "../../lib/goodness/ks_statistic.ts";
import { mean, populationVariance } from "../../lib/numerics/moments.ts";
import { createPrng, type Prng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { readFixture } from "../fixture.ts";
import { embeddedTensors, sharedResNet20Tensors } from "../resnet20_tensors.ts";
import { dataTest, slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface Expected {
  parameters: Record<string, number>;
  statistic: number;
  location: number;
}

interface KsFixture {
  samples: {
    name: string;
    sample: number[];
    standard?: Record<string, Expected>;
    fitted?: Record<string, Expected>;
  }[];
  tensors: ({ network: string; tensor: string; size: number } & Record<string, Expected>)[];
}

const fixture = readFixture<KsFixture>("numerics/ks.json");

Deno.test("ksStatistic() equals SciPy's D on small samples, with and without ties", () => {
  for (const { name, sample, standard = {}, fitted = {} } of fixture.samples) {
    for (const laws of [standard, fitted]) {
      for (const [family, { parameters, statistic, location }] of Object.entries(laws)) {
        const actual = ksStatistic(
          Object.freeze([...sample]),
          distribution({ family, parameters }),
        );
        assertRelative(actual.statistic, statistic, 1e-13, `${name}: ${family}`);
        // Adding zero makes -0, which sorts first, the 0 that SciPy names.
        assertEquals([actual.location + 0, actual.size], [location, sample.length], name);
      }
    }
  }
});

function assertScipyOnNetwork(network: string, tensors: ReadonlyMap<string, Float32Array>): void {
  const rows = fixture.tensors.filter((row) => row.network === network);
  assertEquals(rows.length, 20);
  for (const row of rows) {
    const data = tensors.get(row.tensor)!;
    assertEquals(data.length, row.size);
    for (const family of ["gaussian", "laplace"]) {
      const { statistic } = ksStatistic(data, fitFamily(data, family));
      const what = `${row.tensor}: D against the fitted ${family}`;
      assertRelative(statistic, row[family]!.statistic, 1e-12, what);
    }
  }
}

Deno.test("ksStatistic() equals SciPy's D on every tensor of the embedded ResNet-20", async () => {
  assertScipyOnNetwork("own", await embeddedTensors());
});

dataTest("ksStatistic() equals SciPy's D on every tensor of resnet20-12fca82f", async (folder) => {
  assertScipyOnNetwork("resnet20-12fca82f", await sharedResNet20Tensors(folder));
});

Deno.test("ksStatistic() is at least 1 / (2 n), and 1 for a sample far away", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  const perfect = Array.from({ length: 10 }, (_, i) => law.quantile((i + 0.5) / 10));
  assertRelative(ksStatistic(perfect, law).statistic, 0.05, 1e-12, "the best possible sample");
  assertEquals(ksStatistic([50, 51], law).statistic, 1);
});

Deno.test("ksStatistic() names the smallest value at which D is attained", () => {
  // F(-1) = 1/4 and F(1) = 3/4 for this law, so D = 1/4 at both.
  const law = distribution({ family: "laplace", parameters: { location: 0, scale: 1 / Math.LN2 } });
  assertEquals(ksStatistic([1, -1], law), {
    statistic: 0.25,
    location: -1,
    size: 2,
    above: { statistic: 0.25, location: -1 },
    below: { statistic: 0.25, location: -1 },
  });
});

interface OneSided {
  mean: number;
  standardDeviation: number;
  above: [statistic: number, location: number];
  below: [statistic: number, location: number];
  both: [statistic: number, location: number];
}

Deno.test("ksStatistic() equals SciPy's one-sided D+ and D- and their locations", () => {
  const { samples } = readFixture<
    { samples: { name: string; sample: number[]; gaussian?: OneSided; shifted?: OneSided }[] }
  >("samples/samples.json");
  for (const row of samples) {
    for (const expected of [row.gaussian, row.shifted]) {
      if (expected === undefined) continue;
      const { above, below, ...both } = ksStatistic(
        Float32Array.from(row.sample),
        gaussian(expected),
      );
      for (const [name, actual] of Object.entries({ above, below, both })) {
        const [statistic, location] = expected[name as "above" | "below" | "both"];
        assertRelative(actual.statistic, statistic, 1e-12, `${row.name}: ${name}`, 1);
        assertEquals(actual.location, location, `${row.name}: location ${name}`);
      }
    }
  }
});

/** The definition: at each different value, the shares of values below and up to it beside the law's. */
function bruteForce(sample: Sample, law: Distribution): KsStatistic {
  const size = sample.length;
  const sorted = Float64Array.from(sample, (value) => value + 0).sort();
  const above = { statistic: -Infinity, location: NaN };
  const below = { statistic: -Infinity, location: NaN };
  for (let first = 0, end = 0; first < size; first = end) {
    const location = sorted[first]!;
    while (end < size && sorted[end] === location) end++;
    const probability = law.cdf(location);
    const excess = end / size - probability, deficit = probability - first / size;
    if (excess > above.statistic) Object.assign(above, { statistic: excess, location });
    if (deficit > below.statistic) Object.assign(below, { statistic: deficit, location });
  }
  const statistic = Math.max(above.statistic, below.statistic);
  const attained = [above, below].filter((deviation) => deviation.statistic === statistic);
  const location = Math.min(...attained.map((deviation) => deviation.location));
  return { statistic, location, size, above, below };
}

const sampleKinds: Record<string, (prng: Prng, size: number) => (i: number) => number> = {
  "weights": (prng) => () => (prng() + prng() + prng() + prng() - 2) * 0.02,
  "far from zero": (prng) => () => 3 + (prng() + prng() + prng() - 1.5) * 0.02,
  "one outlier": (prng) => (i) => i === 5 ? 1e30 : prng() - 0.5,
  "60 % zeros": (prng) => () => prng() < 0.6 ? prng() < 0.5 ? 0 : -0 : prng() - 0.5,
  "two values": (prng) => () => prng() < 0.3 ? 1 : 2,
  "quantized": (prng) => () => Math.round((prng() + prng() - 1) * 20) / 20,
  "ascending": (_, size) => (i) => i / size,
  "descending": (_, size) => (i) => -i / size,
  "denormals": (prng) => () => Math.round((prng() - 0.5) * 1e5) * 1e-45,
  "thirty decades": (prng) => () => 10 ** (30 * prng() - 15) * (prng() < 0.5 ? -1 : 1),
  "thirty positive decades": (prng) => () => 10 ** (30 * prng() - 15),
  "a dense spot": (prng) => () => prng() < 0.5 ? 0.3 + prng() * 1e-12 : prng(),
};

function assertBruteForce(sample: Sample, what: string): void {
  const before = sample.slice();
  const location = mean(sample), deviation = Math.sqrt(populationVariance(sample));
  const scale = deviation > 1e-150 ? deviation : 1e-150;
  const laws = [
    gaussian({ mean: location, standardDeviation: scale }),
    laplace({ location: location + scale / 3, scale }),
    gaussian({ mean: 0, standardDeviation: 1 }),
    gaussian({ mean: -1e3, standardDeviation: 1e-3 }),
  ];
  const together = ksStatistics(sample, laws);
  const sorted = Float64Array.from(sample).sort();
  laws.forEach((law, i) => {
    const expected = bruteForce(sample, law);
    assertEquals(together[i], expected, `${what}, law ${i}`);
    assertEquals(ksStatistic(sample, law), expected, `${what}, law ${i} alone`);
    assertEquals(ksStatisticSorted(sorted, law), expected, `${what}, law ${i}, sorted`);
  });
  assertEquals(sample, before, `${what}: the sample afterwards`);
}

slowTest("ksStatistic() equals brute force, bit for bit, on every kind of sample", () => {
  const prng = createPrng(15);
  for (const [kind, create] of Object.entries(sampleKinds)) {
    for (const size of [1, 2, 3, 100, 1023, 1024, 1025, 3000, 9000]) {
      const valueAt = create(prng, size);
      const sample = Float64Array.from({ length: size }, (_, i) => valueAt(i));
      assertBruteForce(sample, `${size} doubles, ${kind}`);
      assertBruteForce(Float32Array.from(sample), `${size} float32, ${kind}`);
    }
    const valueAt = create(prng, 2000);
    const numbers = Array.from({ length: 2000 }, (_, i) => valueAt(i));
    assertBruteForce(numbers, `2000 numbers, ${kind}`);
  }
});

Deno.test("ksStatistic() equals brute force on any values, and on part of a buffer", () => {
  const doubles = fc.double({ noNaN: true, min: -1e150, max: 1e150 });
  fc.assert(
    fc.property(fc.array(doubles, { minLength: 1, maxLength: 60 }), (values) => {
      const sample = Float64Array.from({ length: 1400 }, (_, i) => values[i * i % values.length]!);
      assertBruteForce(sample.subarray(3), "any values");
    }),
    { numRuns: 50 },
  );
});

Deno.test("ksStatistic() equals brute force on the best possible sample, where every value attains D", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  const perfect = Float64Array.from({ length: 4000 }, (_, i) => law.quantile((i + 0.5) / 4000));
  assertEquals(ksStatistic(perfect, law), bruteForce(perfect, law));
});

slowTest("ksStatistic() equals brute force on a million values of every kind", () => {
  const prng = createPrng(16);
  for (const [kind, create] of Object.entries(sampleKinds)) {
    const valueAt = create(prng, 1_000_000);
    const sample = Float32Array.from({ length: 1_000_000 }, (_, i) => valueAt(i));
    const scale = Math.sqrt(populationVariance(sample));
    const law = gaussian({ mean: mean(sample), standardDeviation: Math.max(scale, 1e-150) });
    assertEquals(ksStatistic(sample, law), bruteForce(sample, law), kind);
  }
});

Deno.test("ksStatistic() names zero, not its negative", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  for (const size of [1, 2000]) {
    const { location, above, below } = ksStatistic(new Float32Array(size).fill(-0), law);
    assert([location, above.location, below.location].every((zero) => Object.is(zero, 0)));
  }
});

Deno.test("ksStatistic() refuses an empty and a non-finite sample", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  assertThrows(
    () => ksStatistic([], law),
    RangeError,
    "Cannot compute the Kolmogorov-Smirnov statistic as the sample is empty",
  );
  assertThrows(() => ksStatistic([0, NaN], law), RangeError, "value 1 is NaN");
  for (const spread of [1, 0]) {
    for (const bad of [NaN, Infinity, -Infinity, 1e151]) {
      for (const index of [0, 3, 2998]) {
        const sample = Float64Array.from({ length: 3000 }, (_, i) => spread * (i % 100));
        sample[index] = bad;
        assertThrows(() => ksStatistic(sample, law), RangeError, `value ${index} is ${bad}`);
      }
    }
  }
});
