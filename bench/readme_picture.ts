/** `deno task picture`: draws the README's pictures, docs/layer.svg from weights that the repository brings along, docs/accuracy.svg from the reference run. */
import { embeddedCheckpoint } from "../datasets/embedded.ts";
import type { Tensor } from "../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../lib/checkpoints/load.ts";
import { quantizableTensors } from "../lib/compression/select_tensors.ts";
import { fitFamily } from "../lib/distributions/families.ts";
import { selectDistribution } from "../lib/goodness/select_distribution.ts";
import { lloydMax } from "../lib/quantizers/lloyd_max.ts";
import { histogramChart, renderSvg } from "../lib/report/chart.ts";
import { count } from "../lib/report/format.ts";
import { histogram } from "../lib/report/histogram.ts";
import { readCommitted } from "./readme.ts";
import type { BenchResults } from "./results.ts";
import { benchTables } from "./tables/registry.ts";

const layer = "layer2.1.conv1.weight";
const titles: Record<string, string> = { gaussian: "Gaussian", laplace: "Laplace" };

/** The histogram of one layer, both fitted laws, and the 3-bit levels and thresholds of the one that the KS statistic picks. */
export function drawLayer(name: string, { data }: Tensor<Float32Array>): Promise<string> {
  const { chosen, ranking } = selectDistribution(data);
  const distances = ranking.map(({ family, criterionValue }) =>
    `${titles[family]} ${criterionValue.toFixed(3)}`
  );
  return renderSvg(histogramChart({
    title: `ResNet-20 on CIFAR-10, ${name}: ${count(data.length)} weights`,
    subtitle: [
      `Kolmogorov-Smirnov distance D: ${distances.join(", ")}`,
      `3-bit Lloyd-Max quantizer of the ${titles[chosen.family]} law`,
    ],
    histogram: histogram(data, { bins: 80 }),
    laws: ["gaussian", "laplace"].map((family) => ({
      label: `${titles[family]} fit`,
      law: fitFamily(data, family),
    })),
    codebook: { ...lloydMax(fitFamily(data, chosen.family), { bits: 3 }), levelsLabel: "8 levels" },
  }));
}

/** Accuracy by bits of one network of the reference run. */
export function drawAccuracy(results: BenchResults, table: string, label: string): Promise<string> {
  const cells = results.cells.filter(({ key }) => key.network === label);
  const { sections } = benchTables.find(({ name }) => name === table)!.page({ ...results, cells });
  return renderSvg(sections.flatMap(({ charts = [] }) => charts)[0]!.spec);
}

if (import.meta.main) {
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
  const [, tensor] = quantizableTensors(checkpoint).find(([name]) => name === layer)!;
  const folder = new URL("../docs/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    new URL("layer.svg", folder),
    await drawLayer(layer.replace(/\.weight$/, ""), tensor),
  );
  const results = await readCommitted();
  await Deno.writeTextFile(
    new URL("accuracy.svg", folder),
    await drawAccuracy(results, "cifar10", "resnet20 (cifar-10)"),
  );
}
