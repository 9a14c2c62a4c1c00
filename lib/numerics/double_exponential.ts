/** An integral by {@linkcode integratePieces}. */
export interface Integral {
  readonly value: number;
  /** Whether halving the step changed every piece by no more than the tolerance. */
  readonly converged: boolean;
}

/** Relative change at which a piece counts as found: convergence is about quadratic, so the error is far below. */
const tolerance = 1e-12;
const halvingLimit = 9;
/** Nodes end where a bounded integrand has less than 1e-18 of the piece left: `exp(-pi sinh(3.3))`, `exp(-(pi / 2) sinh(4))`. */
const finiteReach = 3.3;
const tailReach = 4;
/** On the way to infinity: where so many nodes in a row add less than this share. */
const negligible = 1e-18;
const negligibleRun = 4;

/**
 * Integrates over the pieces between neighbouring knots, by the double exponential rules of Takahasi and Mori (Publications of
 * the RIMS 9, 1974): tanh-sinh for finite pieces, exp-sinh where a piece reaches to infinity. Between knots the function must be
 * analytic; at knots it may jump, have a cusp or rise to infinity.
 *
 * @param knots At least two finite ones, ascending; beside them the first may be -Infinity, the last Infinity.
 */
export function integratePieces(
  integrand: (x: number) => number,
  knots: readonly number[],
): Integral {
  const finite = knots.filter(Number.isFinite);
  // A tail falls off on a scale not far from the width of the piece beside it.
  const firstWidth = finite[1]! - finite[0]!, lastWidth = finite.at(-1)! - finite.at(-2)!;
  const sums = knots.slice(1).map((upper, i) => {
    const lower = knots[i]!;
    const term = lower === -Infinity
      ? tailTerm((distance) => integrand(upper - distance), firstWidth)
      : upper === Infinity
      ? tailTerm((distance) => integrand(lower + distance), lastWidth)
      : finiteTerm(integrand, lower, upper);
    return { term, sum: trapezoid(term, 1, 0), previous: Infinity, step: 1 };
  });
  for (let halving = 0; halving < halvingLimit; halving++) {
    for (const piece of sums) {
      piece.previous = piece.step * piece.sum;
      piece.sum += trapezoid(piece.term, piece.step, piece.step / 2);
      piece.step /= 2;
    }
    const magnitude = sums.reduce((total, { sum, step }) => total + Math.abs(step * sum), 0);
    const isFound = sums.every(({ previous, sum, step }) =>
      Math.abs(step * sum - previous) <= tolerance * magnitude
    );
    if (isFound) return { value: total(sums), converged: true };
  }
  return { value: total(sums), converged: false };
}

function total(sums: readonly { readonly step: number; readonly sum: number }[]): number {
  return sums.reduce((result, { step, sum }) => result + step * sum, 0);
}

/** The sum of a term over `offset + i step` for all integers i, outwards from the offset until nothing is left. */
function trapezoid(term: (t: number) => number, step: number, offset: number): number {
  let sum = term(offset);
  for (const direction of [1, -1]) {
    let run = 0;
    for (let i = 1; run < negligibleRun; i++) {
      const value = term(offset + direction * i * step);
      sum += value;
      run = Math.abs(value) <= negligible * Math.abs(sum) ? run + 1 : 0;
    }
  }
  return sum;
}

/** The integrand of tanh-sinh over `[lower, upper]`, whose nodes are taken by their distance from the nearer end. */
function finiteTerm(
  integrand: (x: number) => number,
  lower: number,
  upper: number,
): (t: number) => number {
  const width = upper - lower;
  return (t) => {
    if (Math.abs(t) > finiteReach) return 0;
    // 1 / (1 + exp(pi sinh |t|)) of the width is left to the nearer end.
    const growth = Math.exp(Math.PI * Math.sinh(Math.abs(t)));
    const distance = width / (1 + growth);
    const x = t < 0 ? lower + distance : upper - distance;
    return integrand(x) * distance * (growth / (1 + growth)) * Math.PI * Math.cosh(t);
  };
}

/** The integrand of exp-sinh over the distances from 0 to infinity. */
function tailTerm(integrand: (distance: number) => number, scale: number): (t: number) => number {
  return (t) => {
    if (t < -tailReach) return 0;
    const distance = scale * Math.exp((Math.PI / 2) * Math.sinh(t));
    if (distance === Infinity) return 0;
    const value = integrand(distance);
    return value === 0 ? 0 : value * distance * (Math.PI / 2) * Math.cosh(t);
  };
}
