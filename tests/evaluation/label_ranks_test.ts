import { assertEquals } from "@std/assert";
import { labelRanks } from "../../lib/evaluation/label_ranks.ts";

Deno.test("labelRanks() counts the classes before the label", () => {
  const logits = Float32Array.of(3, 1, 2, 0, /**/ -1, -3, -2, 0);
  assertEquals([...labelRanks(logits, [0, 1], 4)], [0, 3]);
  assertEquals([...labelRanks(logits, [2, 0], 4)], [1, 1]);
});

Deno.test("labelRanks() puts the lower index first where logits are equal", () => {
  const equal = new Float32Array(3 * 6).fill(0.5);
  assertEquals([...labelRanks(equal, [0, 3, 5], 6)], [0, 3, 5]);
  assertEquals([...labelRanks(Float32Array.of(0, -0), [1], 2)], [1]);
});

Deno.test("labelRanks() orders infinities", () => {
  const logits = Float32Array.of(-Infinity, Infinity, 0);
  assertEquals(
    [...labelRanks(Float32Array.of(...logits, ...logits, ...logits), [0, 1, 2], 3)],
    [2, 0, 1],
  );
});

Deno.test("labelRanks() never counts an image with NaN as right, wherever it is and however few classes there are", () => {
  const logits = Float32Array.of(9, NaN, /**/ NaN, 9, /**/ NaN, NaN);
  for (const rank of labelRanks(logits, [0, 1, 0], 2)) assertEquals(rank > 5, true);
});
