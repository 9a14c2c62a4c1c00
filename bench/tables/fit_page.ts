import { distribution } from "../../lib/distributions/families.ts";
import { histogramChart } from "../../lib/report/chart.ts";
import { qqChart } from "../../lib/report/charts/qq_chart.ts";
import { count, fixed, signed } from "../../lib/report/format.ts";
import {
  type Page,
  type PageChart,
  type PageSection,
  type TableData,
  tabulate,
} from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, type Cell, cellsOf } from "../results.ts";
import type { LawFit, LayerFit } from "./fit.ts";
import { leastSimulated, replicates } from "./fit_p_value.ts";
import { batchNormNote, caveatsOf, networksOf } from "./page.ts";

/** A way to choose a law: the least value wins. */
interface Criterion {
  readonly title: string;
  readonly value: (law: LawFit) => number;
}

const ks: Criterion = { title: "D (KS)", value: ({ statistic }) => statistic };

const criteria: readonly Criterion[] = [
  ks,
  { title: "log-likelihood", value: ({ logLikelihood }) => -logLikelihood },
  { title: "AIC", value: ({ aic }) => aic },
  { title: "BIC", value: ({ bic }) => bic },
  { title: "A² (Anderson-Darling)", value: ({ andersonDarling }) => andersonDarling },
];

/** The families between which the method chooses. */
const pair: readonly string[] = ["gaussian", "laplace"];

const level = 0.05;

/** Below this only the order of magnitude of a p-value is known. */
const leastPValue = 1e-4;

const formatP = (p: number) => p < leastPValue ? `<${leastPValue}` : fixed(4)(p);

const pairColumns: readonly Column<LayerFit>[] = [
  { title: "tensor", value: ({ name }) => name },
  { title: "shape", value: ({ shape }) => shape.join("x") },
  { title: "weights", value: ({ size }) => size, format: count },
  ...pair.flatMap(lawColumns),
  { title: "chosen", value: (layer) => chooseBy(ks, layer, pair)?.law.family ?? "constant" },
  { title: "margin", value: (layer) => chooseBy(ks, layer, pair)?.margin, format: fixed(4) },
  { title: "log L gain", unit: "nats/weight", value: likelihoodGain, format: signed(3) },
  { title: "excess kurtosis", value: ({ excessKurtosis }) => excessKurtosis, format: signed(2) },
];

/** What the table of fits shows of its cells. */
export function fitPage(title: string, results: BenchResults): Page {
  const cells = cellsOf<readonly LayerFit[]>(results, "fit");
  return {
    name: "fit",
    title,
    sections: cells.map(sectionOf),
    footnotes: [
      "D: two-sided Kolmogorov-Smirnov distance to the law fitted by maximum likelihood on the same weights (Gaussian: mean and population " +
      "deviation; Laplace: median and mean absolute deviation). The law with the smaller D is chosen; margin: by how much.",
      "p: the probability of a D at least as large under the right null, where the law is fitted to each sample. Gaussian and Laplace, from 20 weights on: a table " +
      `with a relative error of up to 20 % down to ${leastPValue}, below which only "<${leastPValue}" is known. The others: ${replicates} draws of the limit for ` +
      "large samples (Durbin 1973); for fewer than 1,000 weights, and shapes at the end of what a fit allows, a parametric bootstrap of as many samples. Their " +
      `standard error is ${
        fixed(3)(Math.sqrt(level * (1 - level) / (replicates + 1)))
      } at p = ${level}, and what is below ${leastSimulated} is an upper bound, as if ` +
      "the law had been known beforehand. A Student t law that the fit makes a Gaussian counts as one with known degrees of freedom: an upper bound, too.",
      "D ranks the laws, it doesn't certify one: with so many weights a test rejects almost any law. p-values of single tensors, not corrected for " +
      "their number.",
      "How many tensors each criterion gives to each law: of the first two, then of all. The plain likelihood can't prefer a law to one that " +
      "contains it (the generalized Gaussian contains both); AIC and BIC charge for its parameter.",
      "log L gain: log-likelihood of the Laplace law minus that of the Gaussian, per weight; above zero speaks for Laplace.",
      "Excess kurtosis: Fisher's G2; 0 for a Gaussian, 3 for a Laplace law.",
      ...(cells.some(({ result }) => result.some(({ portrait }) => portrait)) ? [chartsNote] : []),
      batchNormNote,
      ...caveatsOf(results, networksOf(results, cells)),
    ],
  };
}

function sectionOf({ key, result }: Cell<readonly LayerFit[]>): PageSection {
  const families = [...new Set(result.flatMap(({ laws }) => laws.map(({ family }) => family)))];
  const wider = families.filter((family) => !pair.includes(family));
  const chosen = pair.map((family) => `${family} ${countChosen(ks, result, pair, family)}`);
  return {
    heading: `${key.network}: ${result.length} tensors; chosen: ${chosen.join(", ")}`,
    text: [describeRejections(result, families)],
    tables: [
      { ...tabulate(result, pairColumns), isDetail: true },
      ...(wider.length === 0 ? [] : [widerTable(result, families, wider)]),
      choicesTable(result, families),
    ],
    charts: chartsOf(key.network, result),
  };
}

const chartsNote =
  "Charts, which the HTML report shows: of each network the tensor with the most weights, the first of several. Its histogram, with the densities of both " +
  "laws, and of the wider one with the least D, as they were fitted to it, and with the levels and thresholds of ks-lloyd-max for the whole tensor; and a " +
  "Q-Q chart, whose points are evenly spaced in the log-odds of their ranks, so that both tails are seen, out to the last weight.";

/** What the largest tensor looks like, beside the laws. */
function chartsOf(network: string, layers: readonly LayerFit[]): readonly PageChart[] {
  const layer = layers.find(({ portrait }) => portrait !== undefined);
  if (layer?.portrait === undefined) return [];
  const { name, size, laws, portrait: { histogram, quantiles, codebook } } = layer;
  const both = laws.filter(({ family }) => pair.includes(family));
  const others = laws.map(({ family }) => family).filter((family) => !pair.includes(family));
  const wider = chooseBy(ks, layer, others)?.law;
  const { bits, levels, thresholds } = codebook;
  return [
    {
      title: `Histogram of ${name}: ${network}, with the book of ks-lloyd-max at ${bits} bits`,
      spec: histogramChart({
        title: name,
        subtitle: `${network}: ${count(size)} weights`,
        histogram,
        laws: [...both, ...(wider ? [wider] : [])].map(liveLaw),
        codebook: { levels, thresholds },
      }),
    },
    {
      title: `Q-Q chart of ${name}: ${network}`,
      spec: qqChart({
        title: name,
        subtitle: `${network}: ${count(size)} weights`,
        sample: quantiles.values,
        probabilities: quantiles.ranks.map((rank) => (rank + 0.5) / size),
        laws: both.map(liveLaw),
      }),
    },
  ];
}

function liveLaw({ family, parameters }: LawFit) {
  return { label: family, law: distribution({ family, parameters }) };
}

function widerTable(
  layers: readonly LayerFit[],
  families: readonly string[],
  wider: readonly string[],
): TableData {
  const table = tabulate(layers, [
    { title: "tensor", value: ({ name }) => name },
    ...wider.flatMap(lawColumns),
    ...criteria.map((criterion): Column<LayerFit> => ({
      title: `by ${criterion.title}`,
      value: (layer) => chooseBy(criterion, layer, families)?.law.family ?? "constant",
    })),
  ]);
  return { ...table, isDetail: true };
}

function choicesTable(layers: readonly LayerFit[], families: readonly string[]): TableData {
  const columns = (candidates: readonly string[]) =>
    candidates.map((family): Column<Criterion> => ({
      title: `${family} of ${candidates.length}`,
      value: (criterion) => countChosen(criterion, layers, candidates, family),
    }));
  return tabulate(criteria, [
    { title: "criterion", value: ({ title }) => title },
    ...columns(pair),
    ...(families.length > pair.length ? columns(families) : []),
  ]);
}

function lawColumns(family: string): readonly Column<LayerFit>[] {
  return [
    { title: `D ${family}`, value: (layer) => lawOf(layer, family)?.statistic, format: fixed(4) },
    {
      title: `p ${family}`,
      value: (layer) => lawOf(layer, family)?.pValue,
      format: formatP,
    },
  ];
}

/** Which laws a test rejects for how many tensors. */
function describeRejections(layers: readonly LayerFit[], families: readonly string[]): string {
  const isRejected = (layer: LayerFit, family: string) => {
    const law = lawOf(layer, family);
    return law !== undefined && law.pValue <= level;
  };
  const rejections = families.map((family) =>
    `${family} for ${layers.filter((layer) => isRejected(layer, family)).length}`
  );
  const all = layers.filter((layer) =>
    layer.laws.length > 0 && layer.laws.every(({ family }) => isRejected(layer, family))
  );
  return `At the ${100 * level} % level D rejects of these ${layers.length} tensors: ${
    rejections.join(", ")
  }; every law for ${all.length}.`;
}

function countChosen(
  criterion: Criterion,
  layers: readonly LayerFit[],
  candidates: readonly string[],
  family: string,
): number {
  return layers.filter((layer) => chooseBy(criterion, layer, candidates)?.law.family === family)
    .length;
}

/** The best of the candidates, and how far the next one is; undefined where none was fitted. */
function chooseBy(
  { value }: Criterion,
  { laws }: LayerFit,
  candidates: readonly string[],
): { readonly law: LawFit; readonly margin?: number } | undefined {
  const [law, second] = laws.filter(({ family }) => candidates.includes(family))
    .toSorted((a, b) => value(a) - value(b));
  if (law === undefined) return undefined;
  return { law, ...(second && { margin: value(second) - value(law) }) };
}

function lawOf({ laws }: LayerFit, family: string): LawFit | undefined {
  return laws.find((law) => law.family === family);
}

function likelihoodGain(layer: LayerFit): number | undefined {
  const gaussian = lawOf(layer, "gaussian"), laplace = lawOf(layer, "laplace");
  if (gaussian === undefined || laplace === undefined) return undefined;
  return (laplace.logLikelihood - gaussian.logLikelihood) / layer.size;
}
