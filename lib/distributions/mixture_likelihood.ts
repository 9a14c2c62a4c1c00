import type { Sample } from "../numerics/sample.ts";
import type { Distribution } from "./distribution.ts";
import { gaussian } from "./gaussian.ts";
import { laplace } from "./laplace.ts";

/** The families whose mixtures can be fitted. */
export type MixtureFamily = "gaussian" | "laplace";

/** A family of laws as the fit sees it: the logarithm h of its standard density, and h's derivatives. */
export interface Kernel {
  readonly logDensity: (z: number) => number;
  readonly slope: (z: number) => number;
  readonly curvature: (z: number) => number;
  /** The density has a cusp at the location, so the likelihood has one wherever the location meets a value. */
  readonly hasCusp: boolean;
  readonly parameterNames: readonly [location: string, scale: string];
  readonly create: (location: number, scale: number) => Distribution;
}

const logSqrtTwoPi = 0.5 * Math.log(2 * Math.PI);

export const kernels: Readonly<Record<MixtureFamily, Kernel>> = {
  gaussian: {
    logDensity: (z) => -0.5 * z * z - logSqrtTwoPi,
    slope: (z) => -z,
    curvature: () => -1,
    hasCusp: false,
    parameterNames: ["mean", "standardDeviation"],
    create: (mean, standardDeviation) => gaussian({ mean, standardDeviation }),
  },
  laplace: {
    logDensity: (z) => -Math.abs(z) - Math.LN2,
    slope: (z) => -Math.sign(z),
    curvature: () => 0,
    hasCusp: true,
    parameterNames: ["location", "scale"],
    create: (location, scale) => laplace({ location, scale }),
  },
};

/** The parameters under way, one of each for every component. */
export interface State {
  readonly weights: readonly number[];
  readonly locations: readonly number[];
  readonly scales: readonly number[];
}

/** What one pass over the sample finds out about a state. */
export interface Evaluation {
  readonly state: State;
  readonly logLikelihood: number;
  /** The expected number of values of each component. */
  readonly counts: readonly number[];
  /**
   * The derivatives of the log-likelihood: in `ln(weight_k / weight_last)` of all components but the last, then for each
   * component in its location, in units of its scale, and in the logarithm of its scale. Where a cusp holds a location, its
   * entry is 0.
   */
  readonly gradient: Float64Array;
  /** The second derivatives, row by row; for a location with a cusp, the one expected under the law. */
  readonly hessian: Float64Array;
  /** The largest derivative per value of the component's own. */
  readonly score: number;
}

/** What is to be fitted to what. The values ascend where a law has a cusp. */
export interface Problem {
  readonly values: Sample;
  readonly laws: readonly Kernel[];
  readonly leastScale: number;
}

/** Keeps the logarithm of a component's weight finite that no value belongs to. */
export const leastWeight = 1e-100;
const blockLength = 1024;

/**
 * Fills `shares` with the probability that x comes from each component, and gives the logarithm of the mixture's density there.
 *
 * @param logFactors From `logFactorsOf`, the same for all values.
 */
function divide(
  x: number,
  laws: readonly Kernel[],
  { locations, scales }: State,
  logFactors: readonly number[],
  shares: Float64Array,
): number {
  let largest = -Infinity;
  for (let k = 0; k < laws.length; k++) {
    const log = logFactors[k]! + laws[k]!.logDensity((x - locations[k]!) / scales[k]!);
    shares[k] = log;
    if (log > largest) largest = log;
  }
  let sum = 0;
  for (let k = 0; k < laws.length; k++) sum += shares[k] = Math.exp(shares[k]! - largest);
  for (let k = 0; k < laws.length; k++) shares[k]! /= sum;
  return largest + Math.log(sum);
}

const logFactorsOf = ({ weights, scales }: State): readonly number[] =>
  weights.map((weight, k) => Math.log(weight) - Math.log(scales[k]!));

/** The likelihood of a state, its derivatives and the expected counts. O(n components^2), summed in blocks. */
export function evaluate({ values, laws, leastScale }: Problem, state: State): Evaluation {
  const { weights, locations, scales } = state;
  const count = laws.length;
  const size = 3 * count - 1;
  const triangle = (size * (size + 1)) / 2;
  const logFactors = logFactorsOf(state);
  const shares = new Float64Array(count);
  const derivatives = new Float64Array(size);
  // Sums over the sample, and in the same places over the current block: the outer products of the derivatives of ln f (a lower
  // triangle), those derivatives, and for each component its shares, those of values at its location, and three second
  // derivatives.
  const totals = new Float64Array(triangle + size + 5 * count);
  const block = new Float64Array(totals.length);
  let logLikelihood = 0;
  for (let start = 0; start < values.length; start += blockLength) {
    const end = Math.min(start + blockLength, values.length);
    let blockLikelihood = 0;
    block.fill(0);
    for (let i = start; i < end; i++) {
      const x = values[i]!;
      blockLikelihood += divide(x, laws, state, logFactors, shares);
      for (let k = 0; k < count; k++) {
        const share = shares[k]!;
        const z = (x - locations[k]!) / scales[k]!;
        const slope = laws[k]!.slope(z);
        const curvature = laws[k]!.curvature(z);
        const alongLocation = -slope;
        const alongScale = -1 - z * slope;
        if (k < count - 1) derivatives[k] = share - weights[k]!;
        derivatives[count - 1 + 2 * k] = share * alongLocation;
        derivatives[count + 2 * k] = share * alongScale;
        const place = triangle + size + 5 * k;
        block[place]! += share;
        if (x === locations[k]) block[place + 1]! += share;
        block[place + 2]! += share * (curvature + alongLocation * alongLocation);
        block[place + 3]! += share * (curvature * z + slope + alongLocation * alongScale);
        block[place + 4]! += share * (curvature * z * z + slope * z + alongScale * alongScale);
      }
      let place = 0;
      for (let row = 0; row < size; row++) {
        const derivative = derivatives[row]!;
        block[triangle + row]! += derivative;
        for (let column = 0; column <= row; column++) {
          block[place++]! += derivative * derivatives[column]!;
        }
      }
    }
    logLikelihood += blockLikelihood;
    for (let i = 0; i < totals.length; i++) totals[i]! += block[i]!;
  }
  const sums: LikelihoodSums = {
    size: values.length,
    outer: totals.subarray(0, triangle),
    gradient: totals.slice(triangle, triangle + size),
    components: laws.map((_, k) => {
      const [share, held, ...second] = totals.subarray(triangle + size + 5 * k);
      return { share: share!, held: held!, second };
    }),
  };
  const hessian = hessianOf(sums, laws, weights);
  const gradient = freeGradient(sums, laws, state, leastScale);
  const counts = sums.components.map(({ share }) => share);
  const score = Math.max(
    ...counts.map((own, k) =>
      Math.max(
        Math.abs(own - values.length * weights[k]!),
        Math.abs(gradient[count - 1 + 2 * k]!),
        Math.abs(gradient[count + 2 * k]!),
      ) / (values.length * weights[k]!)
    ),
  );
  return { state, logLikelihood, counts, gradient, hessian, score };
}

/** What is summed over the sample. */
interface LikelihoodSums {
  readonly size: number;
  /** The outer products of the derivatives of ln f, a lower triangle row by row. */
  readonly outer: Float64Array;
  readonly gradient: Float64Array;
  readonly components: readonly {
    /** The expected number of values. */
    readonly share: number;
    /** That of values which lie exactly at the location. */
    readonly held: number;
    /** The component's second derivatives, plus the products of its first: location twice, location and scale, scale twice. */
    readonly second: readonly number[];
  }[];
}

/**
 * The second derivatives of the log-likelihood: for each value the shares times the second derivatives of the components, plus
 * the covariance of their first derivatives under the shares.
 */
function hessianOf(
  { size: total, outer, gradient, components }: LikelihoodSums,
  laws: readonly Kernel[],
  weights: readonly number[],
): Float64Array {
  const size = gradient.length;
  const ratios = laws.length - 1;
  const hessian = new Float64Array(size * size);
  const add = (row: number, column: number, value: number) => {
    hessian[row * size + column]! += value;
    if (row !== column) hessian[column * size + row]! += value;
  };
  components.forEach(({ share, second }, k) => {
    const location = ratios + 2 * k;
    for (let j = 0; j < ratios; j++) {
      const indicator = (j === k ? 1 : 0) - weights[j]!;
      add(location, j, indicator * gradient[location]!);
      add(location + 1, j, indicator * gradient[location + 1]!);
    }
    // What a cusp bends at one point is, in the mean over the law, a curvature of -1 everywhere.
    add(location, location, second[0]! - (laws[k]!.hasCusp ? share : 0));
    add(location + 1, location, second[1]!);
    add(location + 1, location + 1, second[2]!);
  });
  for (let j = 0; j < ratios; j++) {
    const own = components[j]!.share;
    add(j, j, own - total * weights[j]!);
    for (let k = 0; k <= j; k++) {
      const other = components[k]!.share;
      const product = weights[j]! * weights[k]!;
      add(j, k, 2 * total * product - own * weights[k]! - other * weights[j]!);
    }
  }
  let place = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) add(row, column, -outer[place++]!);
  }
  return hessian;
}

/** The derivatives of the log-likelihood, without what a cusp or the least scale holds back. */
function freeGradient(
  { gradient, components }: LikelihoodSums,
  laws: readonly Kernel[],
  { scales }: State,
  leastScale: number,
): Float64Array {
  const free = gradient.slice();
  components.forEach(({ held }, k) => {
    const location = laws.length - 1 + 2 * k;
    const slope = gradient[location]!;
    // Values at the location pull to either side by their share: the rest must pull harder to move it.
    if (laws[k]!.hasCusp) free[location] = Math.sign(slope) * Math.max(0, Math.abs(slope) - held);
    // Nothing pulls the scale any lower.
    if (scales[k]! <= leastScale) free[location + 1] = Math.max(0, gradient[location + 1]!);
  });
  return free;
}

/** A step of expectation-maximization: for Laplace first the scale, then the location, each the best given the other. */
export function maximize(problem: Problem, { state, counts, gradient }: Evaluation): State {
  const { laws, leastScale } = problem;
  const total = counts.reduce((sum, own) => sum + own, 0);
  const along = (k: number, which: number) =>
    gradient[laws.length - 1 + 2 * k + which]! / Math.max(counts[k]!, Number.MIN_VALUE);
  const locations = state.locations.map((location, k) =>
    laws[k]!.hasCusp
      ? weightedMedian(problem, state, k, counts[k]!)
      : location + state.scales[k]! * along(k, 0)
  );
  return {
    weights: counts.map((own) => Math.max(own / total, leastWeight)),
    locations,
    scales: state.scales.map((scale, k) => {
      const spread = 1 + along(k, 1);
      const factor = laws[k]!.hasCusp ? spread : Math.sqrt(Math.max(0, spread - along(k, 0) ** 2));
      return Math.max(leastScale, scale * factor);
    }),
  };
}

/** The value at which half of a component's expected count is reached. O(n). */
function weightedMedian(
  { values, laws }: Problem,
  state: State,
  component: number,
  count: number,
): number {
  const logFactors = logFactorsOf(state);
  const shares = new Float64Array(laws.length);
  let reached = 0;
  for (let i = 0; i < values.length; i++) {
    divide(values[i]!, laws, state, logFactors, shares);
    reached += shares[component]!;
    if (reached >= count / 2) return values[i]!;
  }
  return values[values.length - 1]!;
}
