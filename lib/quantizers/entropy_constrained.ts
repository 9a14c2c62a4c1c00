import type { DesignIteration } from "../codebooks/codebook.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { createPrng } from "../numerics/prng.ts";
import { solveTridiagonal } from "../numerics/tridiagonal.ts";
import { type Compander, compander } from "./compander.ts";
import { largestAbsolute } from "./level_conditions.ts";
import { errorRounding } from "./level_descent.ts";
import { better } from "./level_search.ts";
import { lowerEnvelope } from "./lower_envelope.ts";

/** What an entropy-constrained design of a standard law is told. */
export interface EntropyProblem {
  /** The most levels that the book may have. */
  readonly count: number;
  /** What a bit of rate costs, in squared units of the law. */
  readonly weight: number;
  readonly restarts: number;
  readonly seed: number;
  /** Whether Newton steps are taken, or only those of the alternating iteration. */
  readonly newton: boolean;
  /** Where the alternating iteration stops: the largest distance of a threshold from its rule, in standard deviations. */
  readonly tolerance: number;
  readonly iterationLimit: number;
  readonly signal?: AbortSignal;
}

/** A book whose codes are to be coded by an entropy code. */
export interface EntropyBook {
  readonly levels: Float64Array;
  readonly thresholds: Float64Array;
  /** The Lagrangian: squared error plus weight times rate. */
  readonly error: number;
  /** The entropy of the codes, in bits. */
  readonly rate: number;
  /** Largest distance of a threshold from its rule, in standard deviations. */
  readonly residual: number;
  /** Largest entry of the Newton step in the thresholds, in standard deviations. */
  readonly levelError: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly trace: readonly DesignIteration[];
}

/** Cells between thresholds, their centroids as levels. */
interface Partition {
  readonly thresholds: Float64Array;
  readonly masses: Float64Array;
  readonly centroids: Float64Array;
  readonly mse: number;
  readonly rate: number;
  readonly lagrangian: number;
}

const stepTolerance = 1e-13;
/** Below this size a step that no longer shrinks has met the rounding of the conditions. */
const roundingRegime = 1e-9;
/** With more cells than the rate can use the Lagrangian is flat: a descent ends when it has fallen by no more than this, relatively, in so many steps. */
const flatness = 1e-14;
const flatSteps = 10;
/** A flat end counts as converged when every threshold keeps its rule to this many standard deviations. */
const flatResidual = 1e-8;
/** A cell with less of the mass is taken away: the error and rate that it stands for are rounding. */
const smallestMass = 1e-12;
/** A Newton step that must be shortened further than this is worse than a step of the alternating iteration. */
const smallestFraction = 1 / 16;

/**
 * The book that minimises squared error plus `weight` times the entropy of its codes (Chou, Lookabaugh and Gray, "Entropy-constrained vector
 * quantization", IEEE Trans. ASSP 37, 1989; here scalar): levels are centroids, and a value takes the level whose squared distance plus `weight` times
 * code length `-log2(mass)` is least, so thresholds lie off the middle and levels may lose their whole cell. There are many local optima: starts
 * with the levels of companders and evenly spaced ones, with and without a shift, seeded ones, and books with one level less; the best is kept.
 */
export function designEntropyConstrained(law: Distribution, problem: EntropyProblem): EntropyBook {
  const { count, restarts, seed } = problem;
  const prng = createPrng(seed);
  const random = Array.from({ length: restarts }, () => ({
    size: Math.max(1, count - Math.floor(3 * prng())),
    exponent: 0.4 * prng(),
    shift: 2 * prng() - 1,
  }));
  const regular = [count, count - 1].filter((size) => size > 0).flatMap((size) => [
    { size, exponent: 1 / 3, shift: 0 },
    { size, exponent: 0.05, shift: 0 },
    { size, exponent: 1 / 3, shift: 0.5 },
  ]);
  const starts = [...regular, ...random].slice(0, 1 + restarts);
  const [lower, upper] = law.support;
  const companders = new Map<number, Compander>();
  const books = starts.map(({ size, exponent, shift }) => {
    const start = companders.get(size) ?? compander(law, { lower, upper }, size, law.support);
    companders.set(size, start);
    const levels = start({ exponent, shift });
    return descent(law, levels.subarray(1).map((x, i) => (levels[i]! + x) / 2), problem);
  });
  const best = books.reduce((known, book) => better(known, book));
  if (restarts === 0) return best;
  return withoutUselessCells(law, withOuterCells(law, best, problem), problem);
}

/** Splits an outer cell in two for as long as that pays: a descent can lose cells, but makes none. */
function withOuterCells(
  law: Distribution,
  book: EntropyBook,
  problem: EntropyProblem,
): EntropyBook {
  let best = book;
  while (best.levels.length < problem.count) {
    const { levels, thresholds } = best;
    const spacing = levels.length > 1
      ? (levels.at(-1)! - levels[0]!) / (levels.length - 1)
      : Math.sqrt(law.variance);
    const wider = [
      [levels[0]! - spacing / 2, ...thresholds],
      [...thresholds, levels.at(-1)! + spacing / 2],
    ].map((ends) => descent(law, Float64Array.from(ends), problem));
    const next = wider.reduce((known, other) => better(known, other), best);
    if (next === best) return best;
    best = next;
  }
  return best;
}

/** Takes cells away, the least probable first, for as long as that pays. */
function withoutUselessCells(
  law: Distribution,
  book: EntropyBook,
  problem: EntropyProblem,
): EntropyBook {
  let best = book;
  while (best.thresholds.length > 0) {
    const { masses } = partitionAt(law, best.thresholds, problem.weight);
    const rarest = masses.indexOf(Math.min(...masses));
    // The cell goes to the neighbour with less mass, or to the only one.
    const toLower = rarest === masses.length - 1 ||
      (rarest > 0 && masses[rarest - 1]! < masses[rarest + 1]!);
    const thresholds = best.thresholds.filter((_, i) => i !== (toLower ? rarest - 1 : rarest));
    const smaller = descent(law, thresholds, problem);
    if (better(best, smaller) === best) return best;
    best = smaller;
  }
  return best;
}

/** Newton's method on the thresholds where it descends, the alternating iteration elsewhere. */
function descent(law: Distribution, start: Float64Array, problem: EntropyProblem): EntropyBook {
  const { weight, newton, tolerance, iterationLimit, signal } = problem;
  const scale = Math.sqrt(law.variance);
  const trace: DesignIteration[] = [];
  const lagrangians: number[] = [];
  let partition = partitionAt(law, start, weight);
  let previousSize = Infinity;
  for (let iterations = 0;; iterations++) {
    signal?.throwIfAborted();
    const { thresholds, centroids } = partition;
    const excess = conditionsAt(partition, weight);
    const residual = largestAbsolute(
      excess.map((value, i) => value / (2 * (centroids[i + 1]! - centroids[i]!))),
    ) / scale;
    trace.push({ mse: partition.mse, residual });
    const jacobian = jacobianAt(law, partition, weight);
    const step = stepOf(partition, jacobian, excess, 1);
    const levelError = step === undefined ? Infinity : largestAbsolute(step) / scale;
    const isRounding = levelError < stepTolerance ||
      (levelError < roundingRegime && levelError > previousSize / 2);
    previousSize = levelError;
    lagrangians.push(partition.lagrangian);
    const isFlat = residual <= flatResidual &&
      lagrangians.at(-1 - flatSteps)! <= partition.lagrangian * (1 + flatness);
    const converged = newton ? levelError < roundingRegime || isFlat : residual <= tolerance;
    if ((newton ? isRounding || isFlat : converged) || iterations === iterationLimit) {
      return {
        levels: centroids,
        thresholds,
        error: partition.lagrangian,
        rate: partition.rate,
        residual,
        levelError,
        iterations,
        converged,
        trace,
      };
    }
    const descending = newton ? step ?? weakenedStep(partition, jacobian, excess) : undefined;
    partition = (descending && afterStep(law, partition, descending, weight)) ??
      afterAlternation(law, partition, weight);
  }
}

/** The cells that thresholds make; those with next to no mass are dropped, with the threshold beside them. */
function partitionAt(law: Distribution, thresholds: Float64Array, weight: number): Partition {
  const kept: number[] = [], masses: number[] = [], centroids: number[] = [];
  let start = law.support[0], mse = 0, rate = 0;
  for (let i = 0; i <= thresholds.length; i++) {
    const end = i < thresholds.length ? thresholds[i]! : law.support[1];
    // About a point of the cell where its mass is, so that little cancels on the way to the centroid.
    const about = start < law.mean && law.mean < end
      ? law.mean
      : Number.isFinite(start) && Number.isFinite(end)
      ? start + (end - start) / 2
      : Number.isFinite(start)
      ? start
      : end;
    const [mass, first, second] = law.partialMoments(start, end, about);
    const isLast = i === thresholds.length;
    if (!(mass > smallestMass)) {
      // The cell before an empty last one reaches to the end.
      if (isLast) return partitionAt(law, Float64Array.from(kept.slice(0, -1)), weight);
      continue;
    }
    masses.push(mass);
    centroids.push(about + first / mass);
    mse += Math.max(0, second - (first * first) / mass);
    rate -= mass * Math.log2(mass);
    if (!isLast) kept.push(end);
    start = end;
  }
  return {
    thresholds: Float64Array.from(kept),
    masses: Float64Array.from(masses),
    centroids: Float64Array.from(centroids),
    mse,
    rate: Math.max(0, rate),
    lagrangian: mse + weight * rate,
  };
}

const codeLength = (mass: number) => -Math.log2(mass);

/** What a value at each threshold costs more below it than above: the conditions are that it is 0. */
function conditionsAt({ thresholds, masses, centroids }: Partition, weight: number): Float64Array {
  return thresholds.map((threshold, i) => {
    const below = centroids[i]!, above = centroids[i + 1]!;
    return (above - below) * (threshold - below + (threshold - above)) +
      weight * (codeLength(masses[i]!) - codeLength(masses[i + 1]!));
  });
}

/** How the conditions change with the thresholds; tridiagonal, as a threshold moves the centroids and masses of its two cells. */
interface Jacobian {
  readonly diagonal: Float64Array;
  readonly above: Float64Array;
  readonly below: Float64Array;
}

function jacobianAt(
  law: Distribution,
  { thresholds, masses, centroids }: Partition,
  weight: number,
): Jacobian {
  const size = thresholds.length;
  const densities = thresholds.map((threshold) => law.pdf(threshold));
  const bits = weight / Math.LN2;
  const diagonal = new Float64Array(size);
  const above = new Float64Array(Math.max(0, size - 1));
  const below = new Float64Array(Math.max(0, size - 1));
  for (let i = 0; i < size; i++) {
    const toLower = thresholds[i]! - centroids[i]!, toUpper = centroids[i + 1]! - thresholds[i]!;
    const lowerRate = densities[i]! / masses[i]!, upperRate = densities[i]! / masses[i + 1]!;
    diagonal[i] = 2 * toLower * (1 - lowerRate * toLower) +
      2 * toUpper * (1 - upperRate * toUpper) - bits * (lowerRate + upperRate);
    if (i > 0) {
      const fromStart = centroids[i]! - thresholds[i - 1]!;
      below[i - 1] = (densities[i - 1]! / masses[i]!) * (bits - 2 * toLower * fromStart);
    }
    if (i < size - 1) {
      const toEnd = thresholds[i + 1]! - centroids[i + 1]!;
      above[i] = (densities[i + 1]! / masses[i + 1]!) * (bits - 2 * toUpper * toEnd);
    }
  }
  return { diagonal, above, below };
}

/**
 * The step to subtract from the thresholds: Newton's for a share of 1, that of the alternating iteration for 0, and one between for others,
 * where the Lagrangian is not convex; undefined where it wouldn't descend.
 */
function stepOf(
  { centroids }: Partition,
  { diagonal, above, below }: Jacobian,
  excess: Float64Array,
  share: number,
): Float64Array | undefined {
  const weakened = (values: Float64Array) => values.map((value) => share * value);
  return solveTridiagonal(
    diagonal.map((value, i) =>
      share * value + (1 - share) * 2 * (centroids[i + 1]! - centroids[i]!)
    ),
    weakened(above),
    excess,
    weakened(below),
  );
}

/** A step between Newton's and that of the alternating iteration, as near to Newton's as descends. */
function weakenedStep(
  partition: Partition,
  jacobian: Jacobian,
  excess: Float64Array,
): Float64Array | undefined {
  for (const share of [0.99, 0.9, 0.5]) {
    const step = stepOf(partition, jacobian, excess, share);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** The cells after as much of a step as lowers the Lagrangian and keeps all of them; undefined where little of it does. */
function afterStep(
  law: Distribution,
  partition: Partition,
  step: Float64Array,
  weight: number,
): Partition | undefined {
  for (let fraction = 1; fraction >= smallestFraction; fraction /= 2) {
    const thresholds = partition.thresholds.map((threshold, i) => threshold - fraction * step[i]!);
    if (!thresholds.every((x, i) => x > (thresholds[i - 1] ?? law.support[0]))) continue;
    const next = partitionAt(law, thresholds, weight);
    const allowed = partition.lagrangian * (1 + errorRounding);
    if (next.masses.length === partition.masses.length && next.lagrangian <= allowed) return next;
  }
  return undefined;
}

/** The cells of the levels at the present centroids and code lengths. */
function afterAlternation(
  law: Distribution,
  { masses, centroids }: Partition,
  weight: number,
): Partition {
  const { thresholds } = lowerEnvelope(centroids, masses.map(codeLength), weight);
  return partitionAt(law, Float64Array.from(thresholds), weight);
}
