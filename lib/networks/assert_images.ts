import type { NetworkDescription } from "./description.ts";

/** @throws {RangeError} If `values` is not the number of values that so many images of the network's size have. */
export function assertImages(
  { title, input: { height, width } }: NetworkDescription,
  values: number,
  size: number,
): void {
  const perImage = height * width * 3;
  if (!Number.isInteger(size) || size < 1 || values !== size * perImage) {
    throw new RangeError(
      `Cannot predict as ${title} takes ${perImage} values for each image of ${height}x${width} pixels: ${values} were given for ${size} images`,
    );
  }
}
