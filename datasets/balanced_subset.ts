import { createPrng } from "../lib/numerics/prng.ts";
import type { ImageSet } from "./image_set.ts";

/** Options of {@linkcode balancedSubset}. */
export interface BalancedSubsetOptions {
  /** Chooses at random instead of the first of each class, the same images for the same seed. @default {undefined} */
  readonly seed?: number;
}

/**
 * Chooses images so that every class is there equally often, and returns their indices in file order: of each class the first
 * `images / classes` ones, or with a seed as many random ones, each equally likely.
 *
 * What doesn't divide evenly goes to classes spread over all of them: each of those gives one more. So with fewer images than
 * classes, `images` of the classes give one image each: class `floor(i * classes / images)` for i = 0, 1, ...
 *
 * @param labels The label of each image, in file order.
 * @param classes How many classes there are; labels are in `[0, classes)`.
 * @param images How many images to choose, at least 1.
 *
 * @throws {RangeError} If `images` or `classes` is not an integer above 0, a label is not an integer in `[0, classes)`, or
 * a class has too few images, or `seed` is not an integer.
 *
 * @example Two of each class, in file order
 * ```ts
 * import { balancedSubset } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(balancedSubset([1, 1, 0, 1, 0, 0], 2, 4), [0, 1, 2, 4]);
 * assertEquals(balancedSubset([1, 1, 0, 1, 0, 0], 2, 4, { seed: 1 }).length, 4);
 * ```
 */
export function balancedSubset(
  labels: ArrayLike<number>,
  classes: number,
  images: number,
  { seed }: BalancedSubsetOptions = {},
): number[] {
  for (const [name, value] of [["classes", classes], ["images", images]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot choose a balanced subset as ${name} must be an integer above 0: current value is ${value}`,
      );
    }
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `Cannot choose a balanced subset as labels must be integers in [0, ${
          classes - 1
        }]: label ${i} is ${label}`,
      );
    }
  }
  const wanted = new Int32Array(classes).fill(Math.floor(images / classes));
  const rest = images % classes;
  for (let i = 0; i < rest; i++) wanted[Math.floor(i * classes / rest)]! += 1;

  const order = seed === undefined ? undefined : shuffledIndices(labels.length, seed);
  const indices: number[] = [];
  for (let place = 0; place < labels.length && indices.length < images; place++) {
    const i = order?.[place] ?? place;
    if (wanted[labels[i]!]! > 0) {
      wanted[labels[i]!]! -= 1;
      indices.push(i);
    }
  }
  if (indices.length < images) {
    const label = wanted.findIndex((missing) => missing > 0);
    throw new RangeError(
      `Cannot choose ${images} balanced images of ${labels.length}: class ${label} lacks ${
        wanted[label]
      }`,
    );
  }
  return indices.sort((a, b) => a - b);
}

/** The numbers below `size` in a random order: Durstenfeld's form of the Fisher-Yates shuffle, CACM 7, 1964. */
function shuffledIndices(size: number, seed: number): Uint32Array {
  const prng = createPrng(seed);
  const indices = Uint32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const other = Math.floor(prng() * (i + 1));
    [indices[i], indices[other]] = [indices[other]!, indices[i]!];
  }
  return indices;
}

/**
 * Returns the images of those indices, in that order, as a set of its own; nothing is shared with the larger set.
 *
 * @throws {RangeError} If an index is not that of an image.
 *
 * @example Twenty balanced images of a set
 * ```ts
 * import { balancedSubset, generateShapes, selectImages } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const all = generateShapes({ size: 100, seed: 1 });
 * const some = selectImages(all, balancedSubset(all.labels, all.classes, 20));
 * assertEquals([some.size, some.labels[19]], [20, 9]);
 * ```
 */
export function selectImages(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const bytes = set.height * set.width * 3;
  const pixels = new Uint8Array(indices.length * bytes);
  const labels = new Uint16Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= set.size) {
      throw new RangeError(
        `Cannot select images as indices must be integers in [0, ${
          set.size - 1
        }]: current value is ${index}`,
      );
    }
    pixels.set(set.pixels.subarray(index * bytes, (index + 1) * bytes), i * bytes);
    labels[i] = set.labels[index]!;
  }
  return { ...set, size: indices.length, pixels, labels };
}
