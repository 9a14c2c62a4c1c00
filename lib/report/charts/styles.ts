import { seriesColours } from "./theme.ts";

/** How a series looks: lines by colour and stroke, points by colour and symbol. */
export interface SeriesStyle {
  readonly colour: string;
  /** A name that Vega knows, or an SVG path in a square from -1 to 1. */
  readonly symbol: string;
  /** Lengths of strokes and gaps in pixels. */
  readonly dash: readonly number[];
}

/** Names that look the same in every chart: a column for each colour, and a row for each kind of stroke. */
type StyleTable = readonly (readonly string[])[];

/**
 * Every method of `quantizerMethods`, GPTQ, and the variants of the tables. The first row is the usual comparison; below, methods of one colour
 * are relatives where there are some. The Lloyd-Max quantizers have the colours of their laws.
 */
// deno-fmt-ignore
const methods: StyleTable = [
  ["lloyd-max-laplace", "lloyd-max-gaussian", "aciq", "auto", "omse", "min-max", "ks-lloyd-max", "k-means"],
  ["pwlq", "gptq", "hqq", "auto, output", "percentile", "normal-float", "optimal-uniform", "apot"],
  ["kl", "lp-norm", "lloyd-max-logistic", "lloyd-max-student-t", "lloyd-max-generalized-gaussian", "min-max-symmetric", "panter-dite", "k-means-exact"],
  ["aciq-laplace", "aciq-gaussian", "int16", "fp8-e4m3", "quantile", "min-max-zero-point", "float16", "entropy-constrained"],
  ["ternary", "binary", "power-of-two", "fp8-e5m2", "fixed-point", "min-max-mid-rise", "bfloat16", "deep-compression"],
  ["ternary-exact", "fp4-e2m1", "fp6-e2m3", "fp6-e3m2"],
];

/** Every law of `distributionFamilies`. */
// deno-fmt-ignore
const laws: StyleTable = [
  ["laplace", "gaussian", "logistic", "student-t", "generalized-gaussian", "asymmetric-laplace", "uniform", "mixture"],
  ["exponential", "half-gaussian", "location-scale", "truncated"],
];

const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [12, 4],
  [8, 3, 2, 3, 2, 3],
];

const star = "M0,-1.15L.3,-.4L1.1,-.35L.48,.15L.68,.93L0,.5L-.68,.93L-.48,.15L-1.1,-.35L-.3,-.4Z";

const symbols = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "cross",
  "triangle-down",
  "triangle-right",
  star,
];

/**
 * The styles of methods, in their order: a method looks the same in every chart. Other names get styles that are free in this chart, first those of
 * colours that it uses least; up to 48 names look all different.
 */
export function methodStyles(names: readonly string[]): SeriesStyle[] {
  return stylesOf(names, methods);
}

/** The styles of laws by their families' names, as {@linkcode methodStyles} gives those of methods. */
export function lawStyles(names: readonly string[]): SeriesStyle[] {
  return stylesOf(names, laws);
}

/** The place of a style: the column is its colour, the row its stroke. */
interface Place {
  readonly row: number;
  readonly column: number;
}

const places: readonly Place[] = dashes.flatMap((_, row) =>
  seriesColours.map((_, column) => ({ row, column }))
);

function stylesOf(names: readonly string[], table: StyleTable): SeriesStyle[] {
  // A name that comes twice is two series: the second is as good as unknown.
  const known = names.map((name, i) =>
    names.indexOf(name) === i ? places.find((place) => nameAt(table, place) === name) : undefined
  );
  const taken = known.filter((place) => place !== undefined);
  return known.map((place) => {
    if (place !== undefined) return styleAt(place);
    const free = freePlace(taken);
    taken.push(free);
    return styleAt(free);
  });
}

function nameAt(table: StyleTable, { row, column }: Place): string | undefined {
  return table[row]?.[column];
}

/** The first place that isn't taken, of a colour that the fewest have; where all are taken, one that comes again. */
function freePlace(taken: readonly Place[]): Place {
  const uses = seriesColours.map((_, column) => taken.filter((place) => place.column === column));
  const free = places.filter(({ row, column }) =>
    !uses[column]!.some((place) => place.row === row)
  );
  const best = free.toSorted((a, b) => uses[a.column]!.length - uses[b.column]!.length)[0];
  return best ?? places[taken.length % places.length]!;
}

/** Three steps through the eight symbols from row to row, so that no colour gets a symbol twice. */
function styleAt({ row, column }: Place): SeriesStyle {
  return {
    colour: seriesColours[column]!,
    symbol: symbols[(column + 3 * row) % symbols.length]!,
    dash: dashes[row]!,
  };
}
