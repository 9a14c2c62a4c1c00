import { assertEquals } from "@std/assert";
import { codebookWithThresholds } from "../../lib/quantizers/own_thresholds.ts";

const record = { method: "by hand", storedValues: 0 };

Deno.test("codebookWithThresholds() moves a threshold that lies beyond its levels to the nearest allowed double", () => {
  const { thresholds } = codebookWithThresholds([0, 1, 2, 4], [0, 3, 3], record);
  assertEquals([...thresholds], [5e-324, 2, 3]);
  assertEquals([...codebookWithThresholds([1, 2], [0.5], record).thresholds], [1 + 2 ** -52]);
});

Deno.test("codebookWithThresholds() makes one of equal levels, with the threshold above the last of them", () => {
  const { levels, thresholds } = codebookWithThresholds([-1, 0, 0, 1], [-0.7, 0, 0.2], record);
  assertEquals([[...levels], [...thresholds]], [[-1, 0, 1], [-0.7, 0.2]]);
});
