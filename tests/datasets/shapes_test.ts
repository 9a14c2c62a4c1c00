import { assert, assertEquals, assertGreater, assertNotEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { generateShapes, shapeClasses } from "../../datasets/shapes.ts";
import { shapesTestSeed } from "../../datasets/embedded.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("generateShapes() gives the same bytes on every machine", () => {
  // The embedded network was trained on, and its figures are quoted for, exactly these images.
  const { pixels } = generateShapes({ size: 200, seed: shapesTestSeed });
  assertEquals(sha256(pixels), "8613233034e8c806e925c3d68ee302ead054602f9e6b3403d305b7ae2c296fd3");
});

Deno.test("generateShapes() gives the same bytes again, whatever was generated in between", () => {
  const first = generateShapes({ size: 30, seed: 5 });
  generateShapes({ size: 7, seed: 6 });
  assertEquals(generateShapes({ size: 30, seed: 5 }), first);
});

Deno.test("generateShapes() gives other images for another seed", () => {
  const first = generateShapes({ size: 10, seed: 5 }),
    second = generateShapes({ size: 10, seed: 6 });
  assertNotEquals(sha256(first.pixels), sha256(second.pixels));
});

Deno.test("generateShapes() begins with the images of a shorter set", () => {
  const short = generateShapes({ size: 13, seed: 5 }), long = generateShapes({ size: 40, seed: 5 });
  assertEquals(long.pixels.subarray(0, short.pixels.length), short.pixels);
});

Deno.test("generateShapes() holds each class once in every ten images", () => {
  const { labels, classes } = generateShapes({ size: 50, seed: 2 });
  assertEquals([...labels], Array.from({ length: 50 }, (_, i) => i % 10));
  assertEquals([classes, shapeClasses.length], [10, 10]);
});

Deno.test("generateShapes() draws images that differ within a class, in brightness as in place", () => {
  const { pixels, size } = generateShapes({ size: 100, seed: 2 });
  const bytes = 32 * 32 * 3;
  const images = new Set<string>();
  let darkest = 255, brightest = 0;
  for (let image = 0; image < size; image++) {
    const one = pixels.subarray(image * bytes, (image + 1) * bytes);
    images.add(sha256(one));
    const mean = one.reduce((sum, value) => sum + value, 0) / bytes;
    darkest = Math.min(darkest, mean);
    brightest = Math.max(brightest, mean);
  }
  assertEquals(images.size, size);
  assertGreater(brightest - darkest, 60);
  assert(pixels.includes(0) && pixels.includes(255));
});

Deno.test("generateShapes() refuses a size that is not an integer above 0, and a seed that is no integer", () => {
  for (const size of [0, -3, 1.5, NaN]) {
    assertThrows(
      () => generateShapes({ size, seed: 1 }),
      RangeError,
      `Cannot generate shapes as size must be an integer above 0: current value is ${size}`,
    );
  }
  assertThrows(() => generateShapes({ size: 1, seed: 0.5 }), RangeError, "seed must be an integer");
});
