import { sampleKurtosis } from "simple-statistics";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import { fitFamily } from "../../lib/distributions/families.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { count, fixed, signed } from "../../lib/report/format.ts";
import { type Column, markdownTable } from "../../lib/report/table.ts";
import { cellsOf } from "../results.ts";
import { batchNormNote, caveatsOf, drawPage } from "./page.ts";
import type { BenchTable } from "./table.ts";

const families = ["gaussian", "laplace"] as const;

/** How well each law describes one tensor. */
interface LayerFit {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly laws: readonly {
    readonly family: string;
    readonly parameters: Readonly<Record<string, number>>;
    /** The KS statistic, D. */
    readonly statistic: number;
    /** In nats, over the whole tensor. */
    readonly logLikelihood: number;
  }[];
  /** The law with the smaller D; "constant" for weights that are all the same, which no law is fitted to. */
  readonly chosen: string;
  /** By how much it is smaller. */
  readonly margin?: number;
  /** Undefined for fewer than four weights. */
  readonly excessKurtosis?: number;
}

/**
 * Where sqrt(n) D of a law whose parameters were fitted on the same sample lies with a chance of 5 %, for large n: the table of
 * statsmodels' lilliefors for the Gaussian, a simulation for the Laplace law.
 */
const critical5 = { gaussian: 0.907, laplace: 0.936 } as const;

const columns: readonly Column<LayerFit>[] = [
  { title: "tensor", value: ({ name }) => name },
  { title: "shape", value: ({ shape }) => shape.join("x") },
  { title: "weights", value: ({ size }) => size, format: count },
  { title: "D Gaussian", value: (layer) => lawOf(layer, "gaussian")?.statistic, format: fixed(4) },
  { title: "D Laplace", value: (layer) => lawOf(layer, "laplace")?.statistic, format: fixed(4) },
  { title: "chosen", value: ({ chosen }) => chosen },
  { title: "margin", value: ({ margin }) => margin, format: fixed(4) },
  { title: "log L gain", unit: "nats/weight", value: likelihoodGain, format: signed(3) },
  { title: "excess kurtosis", value: ({ excessKurtosis }) => excessKurtosis, format: signed(2) },
];

/** Which law the weights of each tensor follow. */
export const fitTable: BenchTable = {
  name: "fit",
  title: "Fit: which law the weights follow",
  plan: ({ networks }) => networks.map(({ record }) => ({ table: "fit", network: record.label })),
  estimate: ({ network }, speed) => speed.fit(network),

  async run({ network }, scene, onProgress): Promise<readonly LayerFit[]> {
    const tensors = quantizableTensors(scene.network(network).checkpoint);
    const layers: LayerFit[] = [];
    for (const [name, { shape, data }] of tensors) {
      try {
        layers.push({ name, shape, ...fitLayer(data) });
      } catch (error) {
        throw new RangeError(`Cannot fit tensor ${name}: ${(error as Error).message}`, {
          cause: error,
        });
      }
      onProgress(layers.length / tensors.length);
      await scene.pause();
    }
    return layers;
  },

  draw(results) {
    const cells = cellsOf<readonly LayerFit[]>(results, "fit");
    const networks = cells.map(({ key }) =>
      results.header.networks.find(({ label }) => label === key.network)!
    );
    const sections = cells.map(({ key, result }) => {
      const chosen = families.map((family) =>
        `${family} ${result.filter((layer) => layer.chosen === family).length}`
      );
      const heading = `${key.network}: ${result.length} tensors; chosen: ${chosen.join(", ")}`;
      return { heading, table: markdownTable(result, { columns }) };
    });
    return drawPage(fitTable.title, sections, [
      "D: two-sided Kolmogorov-Smirnov distance to the law fitted by maximum likelihood on the same weights (mean and population " +
      "deviation; median and mean absolute deviation). The smaller D is chosen; margin: by how much.",
      describeRejections(cells.flatMap(({ result }) => result)),
      "log L gain: log-likelihood of the Laplace law minus that of the Gaussian, per weight; above zero speaks for Laplace.",
      "Excess kurtosis: Fisher's G2; 0 for a Gaussian, 3 for a Laplace law.",
      batchNormNote,
      ...caveatsOf(results, networks),
    ]);
  },
};

function fitLayer(data: Float32Array): Omit<LayerFit, "name" | "shape"> {
  if (data.length > 0 && data.every((value) => value === data[0])) {
    return { size: data.length, laws: [], chosen: "constant" };
  }
  const { chosen, margin, ranking } = selectDistribution(data, { families });
  return {
    size: data.length,
    laws: families.map((family) => ({
      family,
      parameters: ranking.find((candidate) => candidate.family === family)!.parameters,
      statistic: ranking.find((candidate) => candidate.family === family)!.criterionValue,
      logLikelihood: fitFamily(data, family).fit.logLikelihood,
    })),
    chosen: chosen.family,
    margin,
    ...(data.length < 4 ? {} : { excessKurtosis: sampleKurtosis(Array.from(data)) }),
  };
}

/** How many tensors follow neither law, as far as a test can tell. */
function describeRejections(layers: readonly LayerFit[]): string {
  const rejected = layers.filter((layer) =>
    families.every((family) => {
      const law = lawOf(layer, family);
      return law !== undefined && Math.sqrt(layer.size) * law.statistic > critical5[family];
    })
  );
  return `D ranks the two laws, it doesn't certify either: with so many weights a test rejects almost any law; at the 5 % level it rejects both ` +
    `for ${rejected.length} of these ${layers.length} tensors (sqrt(n) D above ${critical5.gaussian} and ${critical5.laplace}, as the ` +
    "parameters were fitted on the same weights).";
}

function lawOf(layer: LayerFit, family: (typeof families)[number]) {
  return layer.laws.find((law) => law.family === family);
}

function likelihoodGain(layer: LayerFit): number | undefined {
  const gaussian = lawOf(layer, "gaussian"), laplace = lawOf(layer, "laplace");
  if (gaussian === undefined || laplace === undefined) return undefined;
  return (laplace.logLikelihood - gaussian.logLikelihood) / layer.size;
}
