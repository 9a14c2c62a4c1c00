import { sampleKurtosis } from "simple-statistics";
import { type NamedTensor, quantizableTensors } from "../../lib/compression/select_tensors.ts";
import { fitFamily } from "../../lib/distributions/families.ts";
import type { FittedDistribution } from "../../lib/distributions/fit.ts";
import { andersonDarlingSorted } from "../../lib/goodness/anderson_darling.ts";
import { ksStatistics } from "../../lib/goodness/ks_statistic.ts";
import { sortedCopy } from "../../lib/numerics/sample.ts";
import { designCodebook } from "../../lib/quantizers/methods.ts";
import { type Histogram, histogram } from "../../lib/report/histogram.ts";
import { type FitPValue, fitPValue } from "./fit_p_value.ts";
import { fitPage } from "./fit_page.ts";
import type { BenchTable } from "./table.ts";

/** The two between which the method chooses, and wider ones. */
const families = ["gaussian", "laplace", "logistic", "student-t", "generalized-gaussian"] as const;

/** How well a law that was fitted to a tensor describes it. */
export interface LawFit extends FitPValue {
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** The KS statistic, D. */
  readonly statistic: number;
  /** In nats, over the whole tensor. */
  readonly logLikelihood: number;
  readonly aic: number;
  readonly bic: number;
  readonly andersonDarling: number;
}

/** What charts of a tensor are drawn from, as its weights aren't among the results. */
export interface Portrait {
  readonly histogram: Histogram;
  /** Some of the weights in ascending order, and how many of all are below each. */
  readonly quantiles: { readonly ranks: readonly number[]; readonly values: readonly number[] };
  /** The book of ks-lloyd-max for the whole tensor. */
  readonly codebook: {
    readonly bits: number;
    readonly levels: readonly number[];
    readonly thresholds: readonly number[];
  };
}

/** How well each law describes one tensor. */
export interface LayerFit {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Those that could be fitted: none for weights that are all the same. */
  readonly laws: readonly LawFit[];
  /** Undefined for fewer than four weights, and those that are all the same. */
  readonly excessKurtosis?: number;
  /** Of the network's largest tensor, the first of several, that isn't all the same. */
  readonly portrait?: Portrait;
}

/** How many times longer it takes to fit and test all families than to fit and compare the first two. */
const familiesCost = 12;

/** Of a portrait. */
const portraitBits = 4, histogramBins = 60, mostQuantiles = 100;

/** Which law the weights of each tensor follow. */
export const fitTable: BenchTable = {
  name: "fit",
  title: "Fit: which law the weights follow",
  module: import.meta.url,
  plan: ({ networks }) => networks.map(({ record }) => ({ table: "fit", network: record.label })),
  estimate: ({ network }, speed) => familiesCost * speed.fit(network),

  async run({ network }, context): Promise<readonly LayerFit[]> {
    const tensors = quantizableTensors(await context.checkpoint(network));
    const total = tensors.reduce((sum, [, { data }]) => sum + data.length, 0);
    const largest = largestOf(tensors);
    const layers: LayerFit[] = [];
    let done = 0;
    for (const [name, { shape, data }] of tensors) {
      layers.push({
        name,
        shape,
        size: data.length,
        ...await fitLayer(data),
        ...(data === largest && { portrait: portraitOf(data) }),
      });
      done += data.length;
      context.progress(done / total);
    }
    return layers;
  },

  page: (results) => fitPage(fitTable.title, results),
};

async function fitLayer(
  data: Float32Array,
): Promise<Pick<LayerFit, "laws" | "excessKurtosis">> {
  if (isConstant(data)) return { laws: [] };
  const candidates = families.flatMap((family) => fitIfPossible(data, family));
  const statistics = ksStatistics(data, candidates).map(({ statistic }) => statistic);
  const sorted = sortedCopy(data);
  const laws: LawFit[] = [];
  for (const [i, law] of candidates.entries()) {
    const { family, parameters, fit: { logLikelihood, aic, bic } } = law;
    const statistic = statistics[i]!;
    const { statistic: andersonDarling } = andersonDarlingSorted(sorted, law);
    laws.push({
      family,
      parameters,
      statistic,
      ...await fitPValue(data, family, statistic),
      logLikelihood,
      aic,
      bic,
      andersonDarling,
    });
  }
  return {
    laws,
    ...(data.length < 4 ? {} : { excessKurtosis: sampleKurtosis(Array.from(data)) }),
  };
}

function isConstant(data: Float32Array): boolean {
  return data.every((value) => value === data[0]);
}

/** The weights of the largest tensor that isn't all the same. */
function largestOf(tensors: readonly NamedTensor[]): Float32Array | undefined {
  return tensors.map(([, { data }]) => data).filter((data) => !isConstant(data))
    .toSorted((a, b) => b.length - a.length)[0];
}

function portraitOf(data: Float32Array): Portrait {
  const sorted = sortedCopy(data);
  const ranks = quantileRanks(data.length);
  const { bits, levels, thresholds } = designCodebook(data, {
    method: "ks-lloyd-max",
    bits: portraitBits,
  });
  return {
    histogram: histogram(data, { bins: histogramBins }),
    quantiles: { ranks, values: ranks.map((rank) => sorted[rank]!) },
    codebook: { bits, levels: [...levels], thresholds: [...thresholds] },
  };
}

/** Ranks, from 0, of about evenly spaced log-odds: a chart shows the tails with as many points as the middle. */
function quantileRanks(size: number): readonly number[] {
  // Of the last value's probability, 1 - 1 / (2 size).
  const mostLogOdds = Math.log(2 * size - 1);
  const ranks = Array.from({ length: mostQuantiles }, (_, i) => {
    const logOdds = mostLogOdds * (2 * i / (mostQuantiles - 1) - 1);
    return Math.floor(size / (1 + Math.exp(-logOdds)));
  });
  return [...new Set(ranks)];
}

/** A law of the family; none where there are too few weights for it, or the likelihood has no maximum. */
function fitIfPossible(data: Float32Array, family: string): readonly FittedDistribution[] {
  try {
    return [fitFamily(data, family)];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
