import { assertEquals, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { fitFamily } from "../../lib/distributions/families.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { readFixture } from "../fixture.ts";
import { embeddedTensors, sharedResNet20Tensors } from "../resnet20_tensors.ts";
import { dataTest } from "../needs_data.ts";
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
  assertEquals(ksStatistic([1, -1], law), { statistic: 0.25, location: -1, size: 2 });
});

Deno.test("ksStatistic() refuses an empty and a non-finite sample", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  assertThrows(
    () => ksStatistic([], law),
    RangeError,
    "Cannot compute the Kolmogorov-Smirnov statistic as the sample is empty",
  );
  assertThrows(() => ksStatistic([0, NaN], law), RangeError, "value 1 is NaN");
});
