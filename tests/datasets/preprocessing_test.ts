import { assert, assertEquals, assertLess } from "@std/assert";
import { fileURLToPath } from "node:url";
import { decodeImage } from "../../datasets/decode_image.ts";
import { resizeAndCrop, type ResizeOptions } from "../../datasets/resize_and_crop.ts";
import { readFixture } from "../fixture.ts";

interface Case extends ResizeOptions {
  readonly file: string;
  readonly pixels: string;
}

const folder = fileURLToPath(new URL("../fixtures/preprocessing/", import.meta.url));
const { cases } = readFixture<{ readonly cases: readonly Case[] }>("preprocessing/expected.json");

/** Mean and largest difference to what torchvision's Resize and CenterCrop make of the image as Pillow decodes it. */
async function differences({ file, pixels, ...options }: Case) {
  const expected = Uint8Array.fromBase64(pixels);
  const found = await resizeAndCrop(await decodeImage(`${folder}${file}`), options);
  assertEquals(found.length, expected.length);
  const each = Array.from(expected, (value, i) => Math.abs(value - found[i]!));
  return { mean: each.reduce((sum, value) => sum + value) / each.length, most: Math.max(...each) };
}

const isUnchanged = ({ shorterSide }: Case) => shorterSide === 40;
const describe = ({ file, shorterSide, crop, interpolation }: Case) =>
  `${file} to ${shorterSide}, ${crop} of it, ${interpolation}`;

Deno.test("decodeImage() decodes PNG of every colour type as Pillow does, bit for bit", async () => {
  const unchanged = cases.filter(isUnchanged);
  const types = [
    "palette",
    "palette_4_bit",
    "black_and_white",
    "grey_alpha",
    "colour_alpha",
    "grey_16_bit",
  ];
  assertEquals(unchanged.map(({ file }) => file), types.map((type) => `${type}.png`));
  for (const each of unchanged) assertEquals((await differences(each)).most, 0, describe(each));
});

for (const interpolation of ["bilinear", "bicubic"] as const) {
  Deno.test(`resizeAndCrop() is within 1/255 of torchvision on average, ${interpolation}, shrinking and enlarging`, async () => {
    const resized = cases.filter((each) =>
      !isUnchanged(each) && each.interpolation === interpolation
    );
    assertEquals(resized.length, 24);
    for (const each of resized) {
      const { mean, most } = await differences(each);
      const what = `${describe(each)}: mean ${mean}, most ${most}`;
      // Where black meets white Pillow clips the cubic's overshoot between its two passes, and the library after both.
      const overshoots = interpolation === "bicubic" && /^(edges|noise)/.test(each.file);
      assertLess(mean, overshoots ? 1 : 0.25, what);
      assert(overshoots || most <= 1, what);
    }
  });
}
