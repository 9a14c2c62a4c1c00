import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { accuracyReport } from "../../lib/evaluation/accuracy_report.ts";
import { accuracySteps, compareAccuracy } from "../../lib/evaluation/accuracy_steps.ts";

/** A report on images of which these are right. */
function reportOf(...correct: readonly number[]) {
  return accuracyReport(Uint16Array.from(correct, (hit) => 1 - hit));
}

Deno.test("compareAccuracy() counts images, and says what the tests of paired proportions say", () => {
  // One lost, seven gained, of 21: the example of Tango's paper, with the signs turned round.
  const first = reportOf(1, ...Array<number>(7).fill(0), ...Array<number>(13).fill(1));
  const second = reportOf(0, ...Array<number>(7).fill(1), ...Array<number>(13).fill(1));
  const { difference, interval95: [lower, upper], gained, lost, pValue } = compareAccuracy(
    first,
    second,
  );
  assertEquals([gained, lost], [7, 1]);
  assertAlmostEquals(difference, 6 / 21, 1e-15);
  assertAlmostEquals(lower, 0.026, 5e-4);
  assertAlmostEquals(upper, 0.517, 5e-4);
  assertAlmostEquals(pValue, 2 * (1 + 8) / 2 ** 8, 1e-15);
});

Deno.test("compareAccuracy() refuses networks that saw other numbers of images", () => {
  assertThrows(
    () => compareAccuracy(reportOf(1, 0), reportOf(1, 0, 1)),
    TypeError,
    "both must have seen the same cases: current lengths are 2 and 3",
  );
});

Deno.test("compareAccuracy() of a network with itself finds nothing", () => {
  const report = reportOf(1, 0, 1);
  const { interval95: [lower, upper], ...change } = compareAccuracy(report, report);
  assertEquals(change, { difference: 0, gained: 0, lost: 0, pValue: 1 });
  assertAlmostEquals(lower, -upper, 1e-12);
});

Deno.test("accuracySteps() of no network are none, and one has nothing to be compared with", () => {
  assertEquals(accuracySteps([]), []);
  const [step] = accuracySteps([{ name: "float32", accuracy: reportOf(1, 0), layers: [] }]);
  assertEquals("change" in step!, false);
});

Deno.test("accuracySteps() compares each network with the one before, and weighs bits by weights", () => {
  const steps = accuracySteps([
    { name: "float32", accuracy: reportOf(1, 1, 1, 0), layers: [] },
    {
      name: "coarse",
      accuracy: reportOf(1, 0, 0, 0),
      layers: [{ size: 300, effectiveBits: 3 }, { size: 100, effectiveBits: 5 }],
    },
    { name: "better", accuracy: reportOf(1, 1, 0, 0), layers: [{ size: 4, effectiveBits: 2 }] },
  ]);
  assertEquals(steps.map(({ name }) => name), ["float32", "coarse", "better"]);
  assertEquals(steps.map(({ top1 }) => top1), [0.75, 0.25, 0.5]);
  assertEquals(steps.map(({ effectiveBits }) => effectiveBits), [32, 3.5, 2]);
  assertEquals(steps.map(({ change }) => change?.difference), [undefined, -0.5, 0.25]);
});
