/** Nodes on `[-1, 1]` and weights of a quadrature rule. */
export interface QuadratureRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * The Gauss-Legendre rule with `size` nodes, exact for polynomials up to degree `2 size - 1`: Newton's method on the
 * Legendre recurrence from Tricomi's asymptotic nodes (Davis and Rabinowitz, "Methods of Numerical Integration", 2.7).
 */
export function gaussLegendre(size: number): QuadratureRule {
  const nodes = new Float64Array(size);
  const weights = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (size + 0.5));
    let slope = 0;
    // Quadratic convergence from an error below 1e-2: five steps reach the last bit.
    for (let step = 0; step < 6; step++) {
      let value = 1, previous = 0;
      for (let degree = 1; degree <= size; degree++) {
        [value, previous] = [
          ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree,
          value,
        ];
      }
      slope = (size * (x * value - previous)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const shortestRule = gaussLegendre(4);
const shortRule = gaussLegendre(8);
const longRule = gaussLegendre(16);

/** Integrals of f, (x - about) f and (x - about)^2 f over an interval. */
export type PartialMoments = readonly [mass: number, first: number, second: number];

/** The partial moments of a cell without mass: zeros, or NaN where an end is NaN. */
export function emptyMoments(lower: number, upper: number): PartialMoments {
  const nothing = Number.isNaN(lower) || Number.isNaN(upper) ? NaN : 0;
  return [nothing, nothing, nothing];
}

/**
 * Integrates `density`, `(x - about) density` and `(x - about)^2 density` piece by piece, over a cell that is given by where it starts, how
 * wide it is, and how far its start deviates from `about`. Every product is taken at a node inside the cell, so nothing cancels: neither in
 * cells much narrower than their distance from 0 or from `about`, nor for densities so steep that the rounding of a node's position would
 * show.
 *
 * `density(x, correction)` takes the position in two parts, whose sum has about twice the digits. `pieceWidth(x)` is the width of a
 * piece from x on over which 16 nodes leave less than 1e-16 of the integral; narrower cells take fewer nodes.
 */
export function integrateCell(
  density: (x: number, correction: number) => number,
  { start, correction, width, deviation }: {
    readonly start: number;
    readonly correction: number;
    readonly width: number;
    readonly deviation: number;
  },
  pieceWidth: (x: number) => number,
): PartialMoments {
  let mass = 0, first = 0, second = 0;
  let done = 0;
  while (done < width) {
    const full = pieceWidth(start + done);
    const rest = width - done;
    const isLast = !(rest > full * (1 + 1e-9)) || done + full === done;
    const piece = isLast ? rest : full;
    // Halving the nodes squares the base of the geometric convergence.
    const rule = piece > full / 4 ? longRule : piece > full / 48 ? shortRule : shortestRule;
    const { nodes, weights } = rule;
    const half = piece / 2;
    let pieceMass = 0, pieceFirst = 0, pieceSecond = 0;
    for (let i = 0; i < nodes.length; i++) {
      const step = done + half * (1 + nodes[i]!);
      const x = start + step;
      const moved = x - start;
      const weight = weights[i]! *
        density(x, correction + ((start - (x - moved)) + (step - moved)));
      const distance = deviation + step;
      pieceMass += weight;
      pieceFirst += weight * distance;
      pieceSecond += weight * distance * distance;
    }
    mass += half * pieceMass;
    first += half * pieceFirst;
    second += half * pieceSecond;
    done = isLast ? width : done + piece;
  }
  return [mass, first, second];
}
