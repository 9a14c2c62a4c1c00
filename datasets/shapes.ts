import { createPrng, type Prng } from "../lib/numerics/prng.ts";
import type { ImageSet } from "./image_set.ts";

/** The ten classes of {@linkcode generateShapes}, in the order of their labels. */
export const shapeClasses: readonly string[] = [
  "disc",
  "ellipse",
  "square",
  "bar",
  "triangle",
  "pentagon",
  "star",
  "cross",
  "ring",
  "crescent",
];

/** Height and width of every image of {@linkcode generateShapes}, in pixels. */
const side = 32;

const pixelCount = side * side;

/** Options of {@linkcode generateShapes}. */
export interface ShapesOptions {
  /** How many images, at least 1. */
  readonly size: number;
  /** An integer; its low 32 bits count. */
  readonly seed: number;
}

/**
 * Generates labelled 32x32 colour images of ten simple shapes: position, size, rotation, colour, texture, clutter and noise vary.
 *
 * For work on a machine without data: a network must be trained on them to name the shape, yet nothing need be downloaded.
 * Image `i` has label `i % 10`, so any run of ten images holds each class once. The first images of a longer set with the same
 * seed are those of a shorter one.
 *
 * Every machine generates the same bytes: the arithmetic is addition, multiplication, division and square root, which IEEE 754
 * rounds in one way; no sine, logarithm or power, whose last digits differ between engines, is used.
 *
 * @throws {RangeError} If `size` is not an integer above 0, or `seed` is not an integer.
 *
 * @example Two images of each class
 * ```ts
 * import { generateShapes, shapeClasses } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const images = generateShapes({ size: 20, seed: 1 });
 * assertEquals(images.pixels.length, 20 * 32 * 32 * 3);
 * assertEquals(shapeClasses[images.labels[4]!], "triangle");
 * ```
 */
export function generateShapes({ size, seed }: ShapesOptions): ImageSet {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(
      `Cannot generate shapes as size must be an integer above 0: current value is ${size}`,
    );
  }
  const prng = createPrng(seed);
  const pixels = new Uint8Array(size * pixelCount * 3);
  const labels = new Uint16Array(size);
  for (let image = 0; image < size; image++) {
    const label = image % shapeClasses.length;
    labels[image] = label;
    drawImage(label, prng, pixels.subarray(image * pixelCount * 3, (image + 1) * pixelCount * 3));
  }
  return {
    name: "shapes",
    classes: shapeClasses.length,
    size,
    height: side,
    width: side,
    pixels,
    labels,
    caveats: [`shapes are generated images (seed ${seed}), not photographs`],
  };
}

type Colour = readonly [red: number, green: number, blue: number];

/** Planes of one image, reused by the next: a colour per pixel, and how far each pixel lies inside what is being drawn. */
const canvas = new Float64Array(pixelCount * 3);
const texture = new Float64Array(pixelCount);

function drawImage(label: number, prng: Prng, out: Uint8Array): void {
  const ground = randomColour(prng);
  const colour = contrastingColour(ground, prng);

  drawTexture(prng);
  const groundShade = randomShade(prng);
  for (let pixel = 0; pixel < pixelCount; pixel++) paint(pixel, ground, groundShade, 1);

  const clutter = Math.floor(prng() * 2.5);
  for (let i = 0; i < clutter; i++) drawStroke(randomColour(prng), prng);

  drawTexture(prng);
  const shade = randomShade(prng);
  const distanceTo = outlines[label]!(prng);
  const radius = between(8, 14, prng);
  const margin = side / 2 - 0.8 * radius;
  const centreX = side / 2 + between(-margin, margin, prng);
  const centreY = side / 2 + between(-margin, margin, prng);
  const [cosine, sine] = randomDirection(prng);
  for (let y = 0, pixel = 0; y < side; y++) {
    for (let x = 0; x < side; x++, pixel++) {
      const dx = (x + 0.5 - centreX) / radius, dy = (y + 0.5 - centreY) / radius;
      const distance = distanceTo(cosine * dx + sine * dy, cosine * dy - sine * dx) * radius;
      if (distance < 0.5) paint(pixel, colour, shade, distance < -0.5 ? 1 : 0.5 - distance);
    }
  }

  const noise = between(0.02, 0.08, prng);
  for (let i = 0; i < pixelCount * 3; i++) {
    const value = (canvas[i]! + noise * (prng() + prng() - 1)) * 256;
    out[i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** Blends a colour, shaded by the current texture, over a pixel of the canvas. */
function paint(pixel: number, colour: Colour, shade: Colour, coverage: number): void {
  const t = texture[pixel]!;
  for (let channel = 0; channel < 3; channel++) {
    const at = pixel * 3 + channel;
    canvas[at]! += coverage * (colour[channel]! + shade[channel]! * t - canvas[at]!);
  }
}

/** Draws a straight line across the image, over the background only: the shape comes later. */
function drawStroke(colour: Colour, prng: Prng): void {
  const [nx, ny] = randomDirection(prng);
  const through = [between(4, side - 4, prng), between(4, side - 4, prng)] as const;
  const half = between(0.5, 1.5, prng);
  for (let y = 0, pixel = 0; y < side; y++) {
    for (let x = 0; x < side; x++, pixel++) {
      const offset = nx * (x + 0.5 - through[0]) + ny * (y + 0.5 - through[1]);
      const distance = Math.abs(offset) - half;
      if (distance < 0.5) paint(pixel, colour, noShade, distance < -0.5 ? 1 : 0.5 - distance);
    }
  }
}

/** Fills the texture plane with values in [-1, 1]: plain, a ramp, stripes, a chequerboard or soft blobs. */
function drawTexture(prng: Prng): void {
  const kind = Math.floor(prng() * 5);
  const [cosine, sine] = randomDirection(prng);
  const period = between(4, 10, prng), phase = prng();
  const lattice = Float64Array.from({ length: 25 }, () => 2 * prng() - 1);
  for (let y = 0, pixel = 0; y < side; y++) {
    for (let x = 0; x < side; x++, pixel++) {
      const along = cosine * x + sine * y, across = cosine * y - sine * x;
      texture[pixel] = kind === 0
        ? 0
        : kind === 1
        ? along / side
        : kind === 2
        ? triangleWave(along / period + phase)
        : kind === 3
        ? clampUnit(3 * triangleWave(along / period + phase) * triangleWave(across / period))
        : interpolate(lattice, x / 8, y / 8);
    }
  }
}

/** A wave of period 1 made of straight lines, between -1 and 1. */
function triangleWave(t: number): number {
  return 4 * Math.abs(t - Math.floor(t + 0.5)) - 1;
}

function clampUnit(value: number): number {
  return value < -1 ? -1 : value > 1 ? 1 : value;
}

/** Bilinear interpolation in a 5x5 lattice. */
function interpolate(lattice: Float64Array, x: number, y: number): number {
  const column = Math.floor(x), row = Math.floor(y), fx = x - column, fy = y - row;
  const at = row * 5 + column;
  const top = lattice[at]! + fx * (lattice[at + 1]! - lattice[at]!);
  const bottom = lattice[at + 5]! + fx * (lattice[at + 6]! - lattice[at + 5]!);
  return top + fy * (bottom - top);
}

/** The signed distance of a point from an outline of circumradius 1 about the origin; negative inside. */
type Outline = (x: number, y: number) => number;

/** One maker of outlines per class, in label order; it may vary the proportions. */
const outlines: readonly ((prng: Prng) => Outline)[] = [
  () => (x, y) => Math.sqrt(x * x + y * y) - 1,
  (prng) => ellipse(between(0.45, 0.72, prng)),
  () => box(Math.SQRT1_2, Math.SQRT1_2),
  (prng) => box(1, between(0.3, 0.6, prng)),
  () => polygon(triangleNormals, 0.5, 1),
  () => polygon(pentagonNormals, pentagonApothem, 1),
  // A point lies in the five-pointed star when at most one of the five lines through its edges has it on the outer side.
  (prng) => polygon(pentagonNormals, between(0.34, 0.44, prng), 2),
  (prng) => {
    const arm = between(0.22, 0.34, prng);
    const first = box(0.95, arm), second = box(arm, 0.95);
    return (x, y) => Math.min(first(x, y), second(x, y));
  },
  (prng) => {
    const width = between(0.14, 0.26, prng);
    return (x, y) => Math.abs(Math.sqrt(x * x + y * y) - (1 - width)) - width;
  },
  (prng) => {
    const offset = between(0.35, 0.6, prng), bite = 0.85;
    return (x, y) =>
      Math.max(
        Math.sqrt(x * x + y * y) - 1,
        bite - Math.sqrt((x - offset) * (x - offset) + y * y),
      );
  },
];

function ellipse(ratio: number): Outline {
  return (x, y) => {
    const u = x, v = y / ratio;
    const length = Math.sqrt(u * u + v * v);
    const gradient = Math.sqrt(u * u + (v / ratio) * (v / ratio));
    return gradient === 0 ? -ratio : length * (length - 1) / gradient;
  };
}

function box(halfWidth: number, halfHeight: number): Outline {
  return (x, y) => Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
}

/** The `rank`-th largest distance from the lines at `apothem` along the normals: 1 gives the polygon, 2 its star. */
function polygon(
  normals: readonly (readonly [number, number])[],
  apothem: number,
  rank: 1 | 2,
): Outline {
  return (x, y) => {
    let first = -Infinity, second = -Infinity;
    for (const [nx, ny] of normals) {
      const distance = nx * x + ny * y - apothem;
      if (distance > first) {
        second = first;
        first = distance;
      } else if (distance > second) second = distance;
    }
    return rank === 1 ? first : second;
  };
}

const triangleNormals = [[1, 0], [-0.5, Math.sqrt(3) / 2], [-0.5, -Math.sqrt(3) / 2]] as const;

/** Cosines and sines of multiples of 72 degrees, by their square roots. */
const cosine72 = (Math.sqrt(5) - 1) / 4, sine72 = Math.sqrt(10 + 2 * Math.sqrt(5)) / 4;
const cosine144 = -(Math.sqrt(5) + 1) / 4, sine144 = Math.sqrt(10 - 2 * Math.sqrt(5)) / 4;
const pentagonNormals = [
  [1, 0],
  [cosine72, sine72],
  [cosine72, -sine72],
  [cosine144, sine144],
  [cosine144, -sine144],
] as const;
const pentagonApothem = -cosine144;

const noShade: Colour = [0, 0, 0];

function between(lower: number, upper: number, prng: Prng): number {
  return lower + (upper - lower) * prng();
}

function randomColour(prng: Prng): Colour {
  return [between(0.1, 0.9, prng), between(0.1, 0.9, prng), between(0.1, 0.9, prng)];
}

/** A colour whose squared distance from the other is at least 0.2, so that the shape can be seen. */
function contrastingColour(other: Colour, prng: Prng): Colour {
  while (true) {
    const colour = randomColour(prng);
    const [red, green, blue] = [colour[0] - other[0], colour[1] - other[1], colour[2] - other[2]];
    if (red * red + green * green + blue * blue >= 0.2) return colour;
  }
}

/** How strongly, and in which colour, the texture shows. */
function randomShade(prng: Prng): Colour {
  return [between(-0.12, 0.12, prng), between(-0.12, 0.12, prng), between(-0.12, 0.12, prng)];
}

/** A unit vector of uniform direction, by rejection from the square: only a square root is needed. */
function randomDirection(prng: Prng): readonly [number, number] {
  while (true) {
    const x = 2 * prng() - 1, y = 2 * prng() - 1;
    const squared = x * x + y * y;
    if (squared > 0.01 && squared <= 1) {
      const length = Math.sqrt(squared);
      return [x / length, y / length];
    }
  }
}
