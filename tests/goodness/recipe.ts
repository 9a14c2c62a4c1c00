const kinds = {
  "light tail": ({ u, v, next }: Draw) => (u + v - 1) * 0.5 + (next() < 0.375 ? -1 : 0.75),
  "heavy tail": ({ u, v }: Draw) => ((u - 0.5) / Math.sqrt(u * (1 - u))) * (v < 0.5 ? 0.25 : 1) + 3,
  "skewed": ({ u, v }: Draw) => (u * u) * (1 + 3 * v * v),
  "ties": ({ u, v }: Draw) => v < 0.6 ? 0 : (u - 0.5) / Math.sqrt(u * (1 - u)),
  "wide and narrow": ({ u, v, next }: Draw) => (u + v + next() - 1.5) * (next() < 0.25 ? 1 : 0.125),
};

interface Draw {
  readonly u: number;
  readonly v: number;
  readonly next: () => number;
}

export type RecipeKind = keyof typeof kinds;

/** The sample that `recipe` of tests/fixtures/goodness/generate.py makes, to the last bit. */
export function recipe(kind: RecipeKind, size: number, seed: number): Float32Array {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const make = kinds[kind];
  return Float32Array.from({ length: size }, () => make({ u: next(), v: next(), next }));
}
