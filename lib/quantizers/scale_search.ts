import { chunksOf } from "../numerics/chunks.ts";
import { type Sample, sortedCopy } from "../numerics/sample.ts";

/** Distances of values from a centre, in units of the largest one: ascending, each with the number of values it stands for. */
export interface Magnitudes {
  readonly sorted: Float64Array;
  readonly masses: Float64Array;
  /** The unit: the largest distance. */
  readonly largest: number;
}

/** Scales are tried at so many steps to each factor of two, before the best ones are refined. */
const scalesPerOctave = 16;
/** So many of the best scales are refined, to this relative width. */
const refinedScales = 3;
const scaleTolerance = 1e-6;
/** Distances whose errors are summed before they are compared with the limit. */
const blockSize = 64;
const inverseGoldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The distances of values from a centre: each of them where they are no more than `bins`, else the means of so many bins of equal
 * width. O(n), or O(n log n) where there are fewer values than bins.
 */
export function condenseMagnitudes(sample: Sample, centre: number, bins: number): Magnitudes {
  let largest = 0;
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const distance = Math.abs(chunk[i]! - centre);
      if (distance > largest) largest = distance;
    }
  }
  if (sample.length <= bins) {
    const distances = Float64Array.from(sample, (value) => Math.abs(value - centre) / largest);
    return { sorted: sortedCopy(distances), masses: distances.fill(1), largest };
  }
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const distance = Math.abs(chunk[i]! - centre) / largest;
      const bin = Math.min(Math.floor(distance * bins), bins - 1);
      counts[bin]! += 1;
      sums[bin]! += distance;
    }
  }
  const masses = counts.filter((count) => count > 0);
  const means = sums.map((sum, bin) => sum / counts[bin]!).filter((_, bin) => counts[bin]! > 0);
  return { sorted: means, masses, largest };
}

/**
 * The scale of a symmetric pattern of levels that minimises the sum of `|distance - level|^p`, with every distance at its nearest
 * level. Scales are tried in steps of a sixteenth of an octave: downwards from where the outer level is at the largest distance,
 * until what lies beyond the outer level alone costs more than the best scale; and upwards to where the lowest positive level is at
 * twice the largest distance. The best three are refined by golden sections. The error has many local minima, and the one found is
 * not proven to be the least.
 *
 * @param pattern The levels that aren't negative, ascending.
 * @param p At least 1.
 * @returns The factor of the pattern, in units of the largest distance, and the number of scales tried.
 */
export function searchScale(
  magnitudes: Magnitudes,
  pattern: Float64Array,
  p: number,
): { readonly scale: number; readonly evaluations: number } {
  const thresholds = pattern.map((level, i) => i === 0 ? 0 : (level + pattern[i - 1]!) / 2);
  const widest = 1 / pattern[pattern.length - 1]!;
  const lowest = pattern.find((level) => level > 0)!;
  const tried: { scale: number; error: number }[] = [];
  let least = Infinity, evaluations = 0;
  const evaluate = (scale: number, limit: number) => {
    evaluations++;
    return scaleError(magnitudes, pattern, thresholds, { scale, p, limit });
  };
  const scan = (scale: number) => {
    const { error, overload } = evaluate(scale, least * 2);
    tried.push({ scale, error });
    least = Math.min(least, error);
    return overload;
  };
  for (let i = 0;; i++) {
    if (scan(widest * 2 ** (-i / scalesPerOctave)) >= least) break;
  }
  for (let i = 1;; i++) {
    const scale = widest * 2 ** (i / scalesPerOctave);
    if (scale * lowest > 2) break;
    scan(scale);
  }
  const ratio = 2 ** (1 / scalesPerOctave);
  const best = tried
    .toSorted((a, b) => a.error - b.error)
    .slice(0, refinedScales)
    .map((start) => {
      const refined = goldenSection(
        (scale) => evaluate(scale, Infinity).error,
        start.scale / ratio,
        start.scale * ratio,
      );
      return refined.error < start.error ? refined : start;
    })
    .reduce((a, b) => b.error < a.error ? b : a);
  return { scale: best.scale, evaluations };
}

/** The error of a scale, and the part of it that lies beyond the outer level; Infinity for the error where it is above the limit. */
function scaleError(
  { sorted, masses }: Magnitudes,
  pattern: Float64Array,
  thresholds: Float64Array,
  { scale, p, limit }: { readonly scale: number; readonly p: number; readonly limit: number },
) {
  const last = pattern.length - 1;
  const outer = pattern[last]! * scale;
  let overload = 0, end = sorted.length;
  for (; end > 0 && sorted[end - 1]! > outer; end--) {
    overload += masses[end - 1]! * power(sorted[end - 1]! - outer, p);
  }
  let error = overload, index = 0;
  // Most distances are small: a scale that is too large soon shows it.
  for (let start = 0; start < end; start += blockSize) {
    if (error > limit) return { error: Infinity, overload };
    let block = 0;
    for (let i = start; i < Math.min(start + blockSize, end); i++) {
      const distance = sorted[i]!;
      while (index < last && distance >= thresholds[index + 1]! * scale) index++;
      block += masses[i]! * power(Math.abs(distance - pattern[index]! * scale), p);
    }
    error += block;
  }
  return { error, overload };
}

const power = (base: number, p: number) =>
  p === 2 ? base * base : p === 3 ? base * base * base : base ** p;

/** A local minimum between two ends. */
function goldenSection(f: (x: number) => number, lower: number, upper: number) {
  let [start, end] = [lower, upper];
  let left = end - inverseGoldenRatio * (end - start);
  let right = start + inverseGoldenRatio * (end - start);
  let leftError = f(left), rightError = f(right);
  while (end - start > scaleTolerance * end) {
    if (leftError <= rightError) {
      [end, right, rightError] = [right, left, leftError];
      left = end - inverseGoldenRatio * (end - start);
      leftError = f(left);
    } else {
      [start, left, leftError] = [left, right, rightError];
      right = start + inverseGoldenRatio * (end - start);
      rightError = f(right);
    }
  }
  return leftError <= rightError
    ? { scale: left, error: leftError }
    : { scale: right, error: rightError };
}
