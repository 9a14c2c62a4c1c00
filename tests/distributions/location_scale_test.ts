import { assertEquals, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { dataOf } from "../../lib/distributions/data_of.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { locationScale } from "../../lib/distributions/location_scale.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { assertRelative } from "../tolerance.ts";

const standard = laplace({ location: 0, scale: 1 });
const moved = locationScale(standard, { location: 3, scale: 0.02 });
// In closed form, and held to 40-digit values by its own test.
const expected = laplace({ location: 3, scale: 0.02 });

Deno.test("locationScale() is the law of location + scale * X", () => {
  for (const x of [2.3, 2.99, 3, 3.001, 3.6]) {
    assertRelative(moved.pdf(x), expected.pdf(x), 1e-14, `pdf(${x})`);
    assertRelative(moved.logPdf(x), expected.logPdf(x), 1e-14, `logPdf(${x})`);
    assertRelative(moved.cdf(x), expected.cdf(x), 1e-14, `cdf(${x})`);
    assertRelative(moved.sf(x), expected.sf(x), 1e-14, `sf(${x})`);
  }
  assertEquals(moved.quantile(0.9), expected.quantile(0.9));
  assertEquals([moved.mean, moved.variance], [expected.mean, expected.variance]);
});

Deno.test("locationScale() partialMoments() keeps the width of cells of 1e-9, and their deviation", () => {
  for (const lower of [2.951, 3.0171, 3.31, 3.6]) {
    for (const [width, above] of [[1e-9, 0], [1e-9, 0.3e-9], [1e-3, 0.2e-3], [0.01, 1e4]]) {
      const upper = lower + width!, about = lower + above!;
      const actual = moved.partialMoments(lower, upper, about);
      const [mass, first, second] = expected.partialMoments(lower, upper, about);
      const what = `over (${lower}, ${upper}) about ${about}`;
      assertRelative(actual[0], mass, 1e-12, `mass ${what}`);
      assertRelative(actual[1], first, 1e-12, `first ${what}`, Math.sqrt(mass * second));
      assertRelative(actual[2], second, 1e-12, `second ${what}`);
    }
  }
});

Deno.test("locationScale() partialMoments() holds unbounded cells, and infinite moments", () => {
  const whole = moved.partialMoments(-Infinity, Infinity, 3);
  assertRelative(whole[0], 1, 1e-15, "mass");
  assertRelative(whole[2], 8e-4, 1e-15, "variance");
  assertEquals(moved.partialMoments(1e300, Infinity), [0, 0, 0]);
  const heavy = locationScale(studentT({ location: 0, scale: 1, degreesOfFreedom: 1.5 }), {
    location: 1,
    scale: 3,
  });
  assertEquals(heavy.partialMoments(-Infinity, Infinity)[2], Infinity);
});

Deno.test("locationScale() lives again from its data, and refuses what is no scale", () => {
  const law = locationScale(exponential({ location: 0, scale: 1 }), { location: 3, scale: 2 });
  const again = distribution(JSON.parse(JSON.stringify(dataOf(law))));
  assertEquals([again.cdf(4), again.support], [law.cdf(4), [3, Infinity]]);
  assertThrows(
    () => locationScale(law, { location: 0, scale: 0 }),
    RangeError,
    "Cannot create a location-scale law as scale must be positive: current value is 0",
  );
});
