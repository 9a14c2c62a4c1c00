import { distribution } from "../../../lib/distributions/families.ts";
import { laplace } from "../../../lib/distributions/laplace.ts";
import { designCodebook } from "../../../lib/quantizers/methods.ts";
import { lloydMax } from "../../../lib/quantizers/lloyd_max.ts";
import { type ChartSpec, histogramChart } from "../../../lib/report/chart.ts";
import { accuracyChart } from "../../../lib/report/charts/accuracy_chart.ts";
import { distanceChart } from "../../../lib/report/charts/distance_chart.ts";
import { errorChart } from "../../../lib/report/charts/error_chart.ts";
import { layerHeatMap } from "../../../lib/report/charts/layer_heat_map.ts";
import { lineChart } from "../../../lib/report/charts/line_chart.ts";
import { marginChart } from "../../../lib/report/charts/margin_chart.ts";
import { paretoChart } from "../../../lib/report/charts/pareto_chart.ts";
import { ppChart } from "../../../lib/report/charts/pp_chart.ts";
import { qqChart } from "../../../lib/report/charts/qq_chart.ts";
import { quantizerChart } from "../../../lib/report/charts/quantizer_chart.ts";
import { sqnrChart } from "../../../lib/report/charts/sqnr_chart.ts";
import { stepsChart } from "../../../lib/report/charts/steps_chart.ts";
import { histogram } from "../../../lib/report/histogram.ts";

const law = laplace({ location: 0, scale: 1 });
const sample = Array.from({ length: 100 }, (_, i) => law.quantile((i + 0.5) / 100));
const normal = distribution({
  family: "gaussian",
  parameters: { mean: 0, standardDeviation: Math.SQRT2 },
});
const laws = [{ label: "Laplace", law }, { label: "Gaussian", law: normal }];

/** Made-up figures of methods by bits: all fall off alike, from another height each. */
const errors = ["min-max", "omse", "ks-lloyd-max", "auto", "auto, output", "k-means"]
  .flatMap((method, i) =>
    [2, 3, 4].map((bits) => ({ method, bits, relativeError: 1.6 ** -i * 4 ** (1 - bits) }))
  );
const shannon = [2, 3, 4].map((bits) => ({ bits, relativeError: 4 ** -bits }));
const decibels = (relativeError: number) => -10 * Math.log10(relativeError);

/** A small chart of each kind, by the name of its stored picture: the function's name in snake case without "chart", and what is special. */
export const exampleCharts: Readonly<Record<string, ChartSpec>> = {
  histogram: histogramChart({
    title: "A hundred values",
    subtitle: "of no meaning",
    histogram: histogram(sample, { bins: 12 }),
    laws: [...laws, {
      label: "half-normal",
      law: distribution({ family: "half-gaussian", parameters: { location: -5, scale: 2 } }),
    }],
    codebook: lloydMax(law, { bits: 3 }),
  }),
  qq: qqChart({ title: "Laplace or Gaussian?", sample, laws }),
  pp: ppChart({ title: "Laplace or Gaussian?", sample, laws }),
  distance: distanceChart({
    title: "Gaussian or Laplace?",
    subtitle: "The smaller distance is drawn full",
    points: ["conv1.weight", "layer1.0.conv1.weight", "linear.weight"].flatMap((layer, i) => [
      { layer, family: "gaussian", distance: 0.04 + 0.02 * i },
      { layer, family: "laplace", distance: 0.07 - 0.012 * i },
      { layer, family: "student-t", distance: 0.06 },
    ]),
  }),
  error: errorChart({
    title: "Error by bits",
    points: errors,
    bounds: [{ label: "rate-distortion", points: shannon }],
  }),
  sqnr: sqnrChart({
    title: "SQNR by bits",
    points: errors.map(({ method, bits, relativeError }) => ({
      method,
      bits,
      sqnrDb: decibels(relativeError),
    })),
    bounds: [{
      label: "rate-distortion",
      points: shannon.map(({ bits, relativeError }) => ({ bits, sqnrDb: decibels(relativeError) })),
    }],
  }),
  line: lineChart({
    title: "Levels settle",
    subtitle: "by Newton's steps and by plain ones",
    points: [["newton", 8], ["lloyd", 2]].flatMap(([series, rate]) =>
      [0, 1, 2, 3].map((x) => ({ series: String(series), x, y: Number(rate) ** -x }))
    ),
    xTitle: "step",
    yTitle: "distance (standard deviations)",
    yScale: "log",
    references: [{ label: "a tenth", points: [{ x: 0, y: 0.1 }, { x: 3, y: 0.1 }] }],
  }),
  accuracy: accuracyChart({
    title: "Accuracy by bits",
    points: errors.map(({ method, bits, relativeError }) => {
      const accuracy = 0.92 - relativeError;
      return { method, bits, accuracy, interval95: [accuracy - 0.02, accuracy + 0.015] };
    }),
    float: { accuracy: 0.92 },
  }),
  steps: stepsChart({
    title: "Step by step",
    steps: [0.55, 0.7, 0.85].map((top1, i) => ({
      name: ["one book", "a book for each channel", "GPTQ"][i]!,
      top1,
      interval95: [top1 - 0.03, top1 + 0.02],
      effectiveBits: 3 + 0.05 * i,
    })),
    float: { accuracy: 0.92 },
  }),
  margin: marginChart({
    title: "Which images change",
    points: [[5, 0.4], [0.3, 0.5], [2, 1.2], [3, 0.2]].map(([margin, shift], i) => ({
      label: `image ${i}`,
      margin: margin!,
      shift: shift!,
      changed: margin! < 2 * shift!,
    })),
  }),
  pareto: paretoChart({
    title: "Accuracy against size",
    points: ["omse", "auto", "mixed widths"].flatMap((series, i) =>
      [2, 3, 4].map((bits) => ({
        series,
        label: `${bits} bits`,
        size: bits + 0.1 * i,
        accuracy: 0.9 - (0.2 - 0.05 * i) * 2 ** (2 - bits),
      }))
    ),
    float: { accuracy: 0.92 },
  }),
  heat_map: layerHeatMap({
    title: "Where the error is",
    cells: ["conv1.weight", "linear.weight"].flatMap((layer, i) =>
      ["min-max", "omse", "auto"].map((column, j) => ({ layer, column, value: 10 ** (-i - j) }))
    ),
  }),
  quantizer: quantizerChart({
    title: "Lloyd-Max at 3 bits",
    subtitle: "for the Laplace law of variance 2",
    codebook: lloydMax(law, { bits: 3 }),
    law,
  }),
  quantizer_of_many_levels: quantizerChart({
    title: "Min-max at 6 bits",
    codebook: designCodebook(sample, { method: "min-max", bits: 6 }),
    range: [-6, 6],
  }),
};
