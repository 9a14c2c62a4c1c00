import { laplace } from "../../lib/distributions/laplace.ts";
import { histogramChart } from "../../lib/report/chart.ts";
import { accuracyChart } from "../../lib/report/charts/accuracy_chart.ts";
import { errorChart } from "../../lib/report/charts/error_chart.ts";
import { layerHeatMap } from "../../lib/report/charts/layer_heat_map.ts";
import { paretoChart } from "../../lib/report/charts/pareto_chart.ts";
import { qqChart } from "../../lib/report/charts/qq_chart.ts";
import { percent, signed } from "../../lib/report/format.ts";
import { histogram } from "../../lib/report/histogram.ts";
import { type Page, type PageChart, tabulate } from "../../lib/report/page.ts";

interface Row {
  readonly bits: number;
  readonly method: string;
  readonly accuracy: number;
  readonly change?: number;
  readonly sqnr: number;
}

/** Made up. The order is neither that of the accuracy nor that of its text. */
const rows: readonly Row[] = [
  { bits: 32, method: "float32", accuracy: 0.917, sqnr: Infinity },
  { bits: 2, method: "min-max", accuracy: 0.0951, change: -82.19, sqnr: -0.8 },
  { bits: 2, method: "k-means", accuracy: 0.4, change: -51.7, sqnr: 8.5 },
  { bits: 4, method: "min-max", accuracy: 0.88, change: -3.7, sqnr: 14.25 },
  { bits: 4, method: "k-means", accuracy: 0.911, change: -0.6, sqnr: 20.5 },
  { bits: 8, method: "min-max", accuracy: 0.9168, change: -0.05, sqnr: 38.5 },
  { bits: 8, method: "k-means", accuracy: 1, change: 8.3, sqnr: 100.5 },
];

const table = tabulate(rows, [
  { title: "bits", value: ({ bits }) => bits },
  { title: "method", value: ({ method }) => method },
  { title: "top-1", unit: "%", value: ({ accuracy }) => accuracy, format: percent(1) },
  { title: "change", unit: "points", value: ({ change }) => change, format: signed(1) },
  { title: "SQNR", unit: "dB", value: ({ sqnr }) => sqnr },
]);

const quantized = rows.filter(({ change }) => change !== undefined);
const law = laplace({ location: 0, scale: 1 });
const sample = Array.from({ length: 300 }, (_, i) => law.quantile((i + 0.5) / 300));
const laws = [{ label: "Laplace", law }];

/** One chart of each kind. */
export const exampleCharts: readonly PageChart[] = [
  {
    title: "Accuracy by bits",
    spec: accuracyChart({
      title: "a",
      points: quantized.map((row) => ({ ...row, interval95: [row.accuracy - 0.02, row.accuracy] })),
      float: { accuracy: 0.917 },
    }),
  },
  {
    title: "Error by bits",
    spec: errorChart({
      title: "b",
      points: quantized.map((row) => ({ ...row, relativeError: 10 ** (-row.sqnr / 10) })),
      bounds: [{ label: "bound", points: [{ bits: 2, relativeError: 4 ** -2 }] }],
    }),
  },
  {
    title: "Layers",
    spec: layerHeatMap({
      title: "c",
      cells: ["conv1", "fc"].map((layer, i) => ({ layer, column: "4", value: 0.1 + i })),
    }),
  },
  {
    title: "A tensor",
    spec: histogramChart({
      title: "d",
      histogram: histogram(sample, { bins: 20 }),
      laws,
      codebook: { levels: [-1, 1], thresholds: [0] },
    }),
  },
  { title: "Quantiles", spec: qqChart({ title: "e", sample, laws }) },
  {
    title: "Accuracy against size",
    spec: paretoChart({
      title: "f",
      points: quantized.map(({ method, bits, accuracy }) => ({
        series: method,
        size: bits,
        accuracy,
      })),
      float: { accuracy: 0.917 },
    }),
  },
];

/** Text that would be markup, or end a script. */
export const hostile = `<img src=x onerror="alert(1)"> & '</script><script>alert(2)</script>'`;

const wide = tabulate([1, 2], [
  { title: "network", value: (i) => `a-network-with-a-long-name-${i}` },
  ...Array.from({ length: 20 }, (_, j) => ({ title: `column ${j}`, value: (i: number) => i * j })),
]);

/** Two pages with all that a page may hold. */
export const examplePages: readonly Page[] = [
  {
    name: "cifar10",
    title: "CIFAR-10: top-1",
    sections: [
      {
        heading: "resnet20",
        text: ["A paragraph with `code`."],
        tables: [table],
        charts: exampleCharts.slice(0, 2),
      },
      { heading: "resnet56", tables: [table], charts: exampleCharts.slice(2) },
    ],
    footnotes: ["`k-means`: Lloyd's iteration on the weights.", hostile],
  },
  {
    name: "hostile",
    title: `Hostile: ${hostile}`,
    sections: [
      {
        heading: hostile,
        text: [hostile],
        tables: [{ columns: [{ title: hostile, unit: hostile }], rows: [[hostile]] }, wide],
        charts: [{
          title: hostile,
          spec: errorChart({
            title: hostile,
            points: [{ method: hostile, bits: 2, relativeError: 0.5 }],
          }),
        }],
      },
    ],
    footnotes: [],
  },
];
