import { differenceError, remainder } from "./error_free.ts";
import { emptyMoments, type PartialMoments } from "./gauss_legendre.ts";

/**
 * The moments of a standard law, symmetric about 0, over a cell on its right half.
 *
 * @param start Where the cell begins, at least 0; `start + correction` is its position to twice the digits.
 * @param width Its width, which may be infinite.
 * @param deviation The distance of its beginning from the point about which the moments are taken.
 */
export type HalfLineMoments = (
  start: number,
  correction: number,
  width: number,
  deviation: number,
) => PartialMoments;

/**
 * The partial moments of a symmetric law with a location and a scale, by those of its standard right half: cells below the
 * location are mirrored, a cell on both sides is cut in two.
 *
 * Beginning, width and deviation of a cell are differences of the arguments as they are given, divided by the scale: neither the width of
 * a narrow cell nor the distance from a location that is huge beside the scale passes through a rounded standard coordinate.
 */
export function symmetricMoments(
  { location, scale }: { readonly location: number; readonly scale: number },
  halfLine: HalfLineMoments,
): (lower: number, upper: number, about?: number) => PartialMoments {
  // The distance of the cell's nearer end from the location is minuend - subtrahend.
  const rightCell = (minuend: number, subtrahend: number, width: number, deviation: number) => {
    const distance = minuend - subtrahend;
    const start = distance / scale;
    if (start === Infinity) return emptyMoments(start, start);
    const correction = start === 0 ? 0 : (remainder(distance, scale, start) +
      differenceError(minuend, subtrahend, distance)) / scale;
    return halfLine(start, correction, width / scale, deviation / scale);
  };
  return (lower, upper, about = 0) => {
    if (!(lower < upper)) return emptyMoments(lower, upper);
    let mass = 0, first = 0, second = 0;
    if (lower < location) {
      const end = Math.min(upper, location);
      const moments = rightCell(location, end, end - lower, about - end);
      mass += moments[0];
      first -= moments[1];
      second += moments[2];
    }
    if (upper > location) {
      const start = Math.max(lower, location);
      const moments = rightCell(start, location, upper - start, start - about);
      mass += moments[0];
      first += moments[1];
      second += moments[2];
    }
    return [mass, scale * first, scale * scale * second];
  };
}
