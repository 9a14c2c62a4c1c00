import { assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import { balancedSubset, selectImages } from "../../datasets/balanced_subset.ts";
import type { ImageSet } from "../../datasets/image_set.ts";

const cycle = (classes: number, size: number) =>
  Object.freeze(Array.from({ length: size }, (_, i) => i % classes));

Deno.test("balancedSubset() takes the first images of each class, in file order", () => {
  assertEquals(balancedSubset(Object.freeze([2, 2, 2, 0, 1, 0, 1, 2]), 3, 6), [0, 1, 3, 4, 5, 6]);
});

Deno.test("balancedSubset() of a file in cyclic order is its beginning", () => {
  assertEquals(balancedSubset(cycle(10, 100), 10, 40), Array.from({ length: 40 }, (_, i) => i));
});

Deno.test("balancedSubset() with fewer images than classes takes one of evenly spaced classes", () => {
  assertEquals(balancedSubset(cycle(1000, 1000), 1000, 4), [0, 250, 500, 750]);
  assertEquals(balancedSubset(cycle(10, 20), 10, 3), [0, 3, 6]);
});

Deno.test("balancedSubset() gives what doesn't divide evenly to evenly spaced classes", () => {
  const indices = balancedSubset(cycle(4, 40), 4, 10);
  const counts = [0, 0, 0, 0];
  for (const index of indices) counts[index % 4]! += 1;
  assertEquals(counts, [3, 2, 3, 2]);
});

Deno.test("balancedSubset() says which class has too few images", () => {
  assertThrows(
    () => balancedSubset([0, 0, 0, 1], 2, 4),
    RangeError,
    "Cannot choose 4 balanced images of 4: class 1 lacks 1",
  );
});

Deno.test("balancedSubset() refuses a number of images or classes that is not an integer above 0", () => {
  for (const images of [0, -1, 2.5, NaN]) {
    assertThrows(
      () => balancedSubset([0, 1], 2, images),
      RangeError,
      `Cannot choose a balanced subset as images must be an integer above 0: current value is ${images}`,
    );
  }
  assertThrows(() => balancedSubset([0, 1], 0, 2), RangeError, "as classes must be");
});

Deno.test("balancedSubset() refuses a label that is no class, wherever it stands", () => {
  for (const label of [2, -1, 0.5, NaN]) {
    assertThrows(
      () => balancedSubset([0, 1, 0, label], 2, 2),
      RangeError,
      `Cannot choose a balanced subset as labels must be integers in [0, 1]: label 3 is ${label}`,
    );
  }
});

const set: ImageSet = {
  name: "tiny",
  classes: 3,
  size: 3,
  height: 1,
  width: 2,
  pixels: Uint8Array.from({ length: 18 }, (_, i) => i),
  labels: Uint16Array.of(0, 1, 2),
  caveats: ["made up"],
};

Deno.test("selectImages() takes the images in the order of the indices and copies them", () => {
  const chosen = selectImages(set, [2, 0]);
  assertEquals([chosen.size, [...chosen.labels]], [2, [2, 0]]);
  assertEquals([...chosen.pixels], [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]);
  assertEquals([chosen.name, chosen.caveats], ["tiny", ["made up"]]);
  chosen.pixels.fill(0);
  assertEquals(set.pixels[12], 12);
});

Deno.test("selectImages() refuses an index that is not an image's", () => {
  assertThrows(
    () => selectImages(set, [0, 3]),
    RangeError,
    "Cannot select images as indices must be integers in [0, 2]: current value is 3",
  );
});

Deno.test("balancedSubset() with a seed chooses as many of each class, the same for the same seed, in file order", () => {
  const labels = Array.from({ length: 60 }, (_, i) => (i * 7) % 3);
  const chosen = balancedSubset(labels, 3, 12, { seed: 5 });
  assertEquals(chosen, balancedSubset(labels, 3, 12, { seed: 5 }));
  assertEquals(chosen, chosen.toSorted((a, b) => a - b));
  assertEquals([0, 1, 2].map((label) => chosen.filter((i) => labels[i] === label).length), [
    4,
    4,
    4,
  ]);
  assertNotEquals(chosen, balancedSubset(labels, 3, 12, { seed: 6 }));
  assertNotEquals(chosen, balancedSubset(labels, 3, 12));
  assertThrows(
    () => balancedSubset(labels, 3, 12, { seed: 0.5 }),
    RangeError,
    "the seed must be an integer",
  );
});

Deno.test("balancedSubset() with seeds chooses every image of a class equally often", () => {
  const labels = Array.from({ length: 20 }, (_, i) => i % 2);
  const runs = 4000;
  const counts = new Array<number>(labels.length).fill(0);
  for (let seed = 0; seed < runs; seed++) {
    for (const i of balancedSubset(labels, 2, 4, { seed })) counts[i]! += 1;
  }
  // Two of ten are drawn without replacement in each class: the counts' covariance is 8/9 of the expected count times a projection of
  // rank 9, so that Pearson's sum is 8/9 times chi-squared with 18 degrees of freedom, whose 99.9 % point is 42.312 (scipy.stats.chi2).
  const expected = runs / 5;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assertLess(statistic / (8 / 9), 42.312);
});
