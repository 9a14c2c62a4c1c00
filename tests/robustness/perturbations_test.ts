import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { mean } from "../../lib/numerics/moments.ts";
import { compressJpeg } from "../../lib/robustness/compress_jpeg.ts";
import { addGaussianNoise, changeContrast } from "../../lib/robustness/perturbations.ts";
import { perturbSource } from "../../lib/robustness/perturb_source.ts";
import { cifarCSeverities, imageNetCSeverities } from "../../lib/robustness/severities.ts";
import { assertRelative } from "../tolerance.ts";
import { robustnessFixture } from "./tiny_network.ts";

const grey = new Uint8Array(60000).fill(128);

/** Noise on grey, in steps of a pixel. */
const noiseOf = (standardDeviation: number, seed: number, image = 0) =>
  Float64Array.from(
    addGaussianNoise(grey, { standardDeviation, seed, image }),
    (pixel) => pixel - 128,
  );

const correlation = (a: Float64Array, b: Float64Array) =>
  mean(a.map((x, i) => x * b[i]!)) /
  Math.sqrt(mean(a.map((x) => x * x)) * mean(b.map((x) => x * x)));

Deno.test("addGaussianNoise() has the moments of a rounded Gaussian", () => {
  const noise = noiseOf(0.04, 1);
  const deviation = 0.04 * 255;
  // Rounding adds a variance of 1/12. Five standard errors of each moment.
  const n = noise.length, variance = deviation ** 2 + 1 / 12;
  assert(Math.abs(mean(noise)) < 5 * Math.sqrt(variance / n));
  const moment = (power: number) => mean(noise.map((x) => x ** power));
  assertRelative(moment(2), variance, 5 * Math.sqrt(2 / n), "variance");
  assert(Math.abs(moment(3)) < 5 * Math.sqrt(15 / n) * variance ** 1.5);
  assertRelative(moment(4), 3 * variance ** 2, 5 * Math.sqrt(96 / 9 / n), "fourth moment");
});

Deno.test("addGaussianNoise() is independent from value to value, image to image and seed to seed", () => {
  const noise = noiseOf(0.1, 1);
  const limit = 5 / Math.sqrt(noise.length);
  for (
    const [what, other] of [
      ["next value", noise.slice(1)],
      ["next but one", noise.slice(2)],
      ["next image", noiseOf(0.1, 1, 1)],
      ["next seed", noiseOf(0.1, 2)],
      ["next seed, image before", noiseOf(0.1, 0, 1)],
    ] as const
  ) {
    assert(Math.abs(correlation(noise.slice(0, other.length), other)) < limit, what);
  }
  assertEquals(noiseOf(0.1, 1), noise);
});

Deno.test("addGaussianNoise() clips, takes odd numbers of values, and leaves the image at 0", () => {
  const pixels = Uint8Array.of(0, 255, 7);
  assertEquals(addGaussianNoise(pixels, { standardDeviation: 0, seed: 1 }), pixels);
  const black = addGaussianNoise(new Uint8Array(10001), { standardDeviation: 1, seed: 1 });
  // Half of the noise is below 0, and a share of P(Z > 254.5 / 255) = 0.1591 beyond 255.
  const share = (value: number) => black.filter((pixel) => pixel === value).length / black.length;
  assertRelative(share(0), 0.5, 0.05, "share of 0");
  assertRelative(share(255), 0.1591, 0.1, "share of 255");
  assertEquals(black.length, 10001);
});

Deno.test("changeContrast() keeps a factor of the distance from each channel's mean, and clips", () => {
  const image = Uint8Array.of(0, 10, 30, 100, 10, 40, 200, 10, 80);
  assertEquals([...changeContrast(image, 0.4)], [60, 10, 42, 100, 10, 46, 140, 10, 62]);
  assertEquals([...changeContrast(image, 0)], [100, 10, 50, 100, 10, 50, 100, 10, 50]);
  assertEquals([...changeContrast(image, 2)], [0, 10, 10, 100, 10, 30, 255, 10, 110]);
  assertEquals(changeContrast(image, 1), image);
});

Deno.test("compressJpeg() makes of an image what Pillow does, but for the rounding of its transforms", async () => {
  for (const { pixels, compressed, ...options } of robustnessFixture.jpeg) {
    const own = await compressJpeg(Uint8Array.from(pixels), options);
    const psnr = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      10 * Math.log10(255 ** 2 / mean(Float64Array.from(a, (x, i) => (x - b[i]!) ** 2)));
    const { quality } = options;
    const loss = psnr(compressed, pixels);
    assert(psnr(own, compressed) > Math.max(30, loss + 7), `quality ${quality}`);
    assertRelative(psnr(own, pixels), loss, 0.01, `quality ${quality}`);
  }
});

Deno.test("perturbSource() perturbs each image by itself, whatever the batch", async () => {
  const source = sourceOf(generateShapes({ size: 6, seed: 1 }));
  const noisy = perturbSource(
    source,
    (pixels, image) => addGaussianNoise(pixels, { standardDeviation: 0.04, seed: 1, image }),
  );
  const all = await noisy.read(0, 6), length = all.length / 6;
  assertEquals(await noisy.read(2, 5), all.slice(2 * length, 5 * length));
  const original = await source.read(0, 6);
  assert(all.some((pixel, i) => pixel !== original[i]));
  const compressed = perturbSource(
    source,
    (pixels) => compressJpeg(pixels, { height: 32, width: 32, quality: 40 }),
  );
  const [one, two] = await Promise.all([compressed.read(0, 2), compressed.read(1, 3)]);
  assertEquals(one.slice(length), two.slice(0, length));
  assertEquals([noisy.size, noisy.labels, noisy.name], [source.size, source.labels, source.name]);
});

Deno.test("severities grow from 1 to 5", () => {
  for (const { noise, contrast, jpeg } of [cifarCSeverities, imageNetCSeverities]) {
    const falling = (values: readonly number[]) => values.toSorted((a, b) => b - a);
    assertEquals([noise.length, contrast, jpeg], [5, falling(contrast), falling(jpeg)]);
    assertEquals(noise, noise.toSorted((a, b) => a - b));
  }
});

Deno.test("perturbations refuse options out of range", async () => {
  assertThrows(
    () => addGaussianNoise(grey, { standardDeviation: -1, seed: 1 }),
    RangeError,
    "Cannot add noise as standardDeviation must be finite and 0 or more: current value is -1",
  );
  assertThrows(
    () => changeContrast(grey, NaN),
    RangeError,
    "Cannot change contrast as factor must be finite and 0 or more: current value is NaN",
  );
  assertThrows(() => changeContrast(new Uint8Array(4), 1), RangeError, "current value is 4");
  await assertRejects(
    () => compressJpeg(new Uint8Array(12), { height: 2, width: 2, quality: 0 }),
    RangeError,
    "Cannot compress an image as quality must be an integer in [1, 100]: current value is 0",
  );
  await assertRejects(
    () => compressJpeg(new Uint8Array(11), { height: 2, width: 2, quality: 50 }),
    RangeError,
    "one of 2x2 pixels must have 12 bytes: current value is 11",
  );
});
