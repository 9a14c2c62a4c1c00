import type { BenchResults, Cell, Setting } from "../../bench/results.ts";

const network = "a (cifar-10)";
const setting = (method: string, bits: number): Setting => ({
  method,
  bits,
  granularity: "tensor",
});

/** Cells with made-up figures, one table of each kind. */
const cells: readonly Cell[] = [
  {
    key: { table: "fit", network },
    result: [
      {
        name: "conv1.weight",
        shape: [16, 3, 3, 3],
        size: 432,
        laws: [
          {
            family: "gaussian",
            parameters: { mean: 0, standardDeviation: 1 },
            statistic: 0.077,
            logLikelihood: -600,
          },
          {
            family: "laplace",
            parameters: { location: 0, scale: 1 },
            statistic: 0.0264,
            logLikelihood: -578.4,
          },
        ],
        chosen: "laplace",
        margin: 0.0506,
        excessKurtosis: 1.61,
      },
    ],
  },
  {
    key: { table: "mse", network, setting: setting("min-max", 2) },
    result: {
      relativeMse: 1.0123,
      weightedRelativeMse: 1.094,
      sqnrDb: 0.09,
      effectiveBits: 2.0048,
      families: {},
    },
  },
  {
    key: { table: "mse", network, setting: setting("ks-lloyd-max", 8) },
    result: {
      relativeMse: 0.00014812,
      weightedRelativeMse: 0.000162,
      sqnrDb: 38.1,
      effectiveBits: 8.0048,
      families: { gaussian: 12, laplace: 8 },
    },
  },
  {
    key: { table: "cifar10", network },
    result: { top1: 0.917, top5: 0.997, interval95: [0.889, 0.938], size: 500 },
  },
  {
    key: { table: "cifar10", network, setting: setting("ks-lloyd-max", 2) },
    result: { top1: 0.1, top5: 0.5, interval95: [0.077, 0.129], size: 500 },
  },
];

/** Results as a run leaves them, small and made up. */
export const exampleResults: BenchResults = {
  header: {
    format: "bitbell-bench-1",
    versions: { bitbell: "0.0.0" },
    source: "0",
    selection: {
      methods: ["min-max", "ks-lloyd-max"],
      bits: [2, 8],
      granularities: ["tensor"],
      images: 500,
      allNetworks: false,
      seed: 1,
    },
    networks: [{
      label: network,
      name: "a",
      dataset: "cifar-10",
      file: "weights/a.th",
      sha256: "0",
      tensors: 1,
      weights: 432,
      caveats: ["not the textbook network"],
    }],
    sets: [{
      name: "cifar-10",
      images: 500,
      classes: 10,
      sha256: "0",
      caveats: ["test_batch.bin: 23 of the 10,000 test images are decoded JPEG copies"],
    }],
  },
  complete: true,
  tables: ["fit", "mse", "cifar10"],
  notes: [],
  timing: { started: "2026-01-01T00:00:00.000Z", cores: 2, workers: 2, seconds: 1, cells: {} },
  cells,
};
