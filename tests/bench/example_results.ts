import { packHits } from "../../bench/hits.ts";
import type { BenchResults, Cell, Setting } from "../../bench/results.ts";
import type { LayerError } from "../../bench/tables/network_error.ts";

const network = "a (cifar-10)";
const setting = (method: string, bits: number): Setting => ({
  method,
  bits,
  granularity: "tensor",
});

/** Of 500 images, the first ones are right. */
const hits = (count: number) =>
  packHits(Uint8Array.from({ length: 500 }, (_, i) => Number(i < count)));

const layer = (relativeMse: number): LayerError => ({
  name: "conv1.weight",
  size: 432,
  mse: relativeMse / 100,
  relativeMse,
  effectiveBits: 2.005,
  law: "laplace",
});

/** Cells with made-up figures, one table of each kind. */
const cells: readonly Cell[] = [
  {
    key: { table: "fit", network },
    inputs: "0",
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
            pValue: 0.0000003,
            pValueFrom: "table",
            logLikelihood: -600,
            aic: 1204,
            bic: 1212.1,
            andersonDarling: 4.2,
          },
          {
            family: "laplace",
            parameters: { location: 0, scale: 1 },
            statistic: 0.0264,
            pValue: 0.61,
            pValueFrom: "table",
            logLikelihood: -578.4,
            aic: 1160.8,
            bic: 1168.9,
            andersonDarling: 0.4,
          },
          {
            family: "logistic",
            parameters: { location: 0, scale: 1 },
            statistic: 0.03,
            pValue: 0.82,
            pValueFrom: "limit",
            logLikelihood: -577,
            aic: 1158,
            bic: 1166.1,
            andersonDarling: 0.5,
          },
        ],
        excessKurtosis: 1.61,
      },
    ],
  },
  {
    key: { table: "mse", network, setting: setting("min-max", 2) },
    inputs: "0",
    result: {
      relativeMse: 1.0123,
      weightedRelativeMse: 1.094,
      sqnrDb: 0.09,
      effectiveBits: 2.0048,
      families: {},
      layers: [layer(1.0123)],
    },
  },
  {
    key: { table: "mse", network, setting: setting("ks-lloyd-max", 8) },
    inputs: "0",
    result: {
      relativeMse: 0.00014812,
      weightedRelativeMse: 0.000162,
      sqnrDb: 38.1,
      effectiveBits: 8.0048,
      families: { gaussian: 12, laplace: 8 },
      layers: [layer(0.00014812)],
    },
  },
  {
    key: { table: "cifar10", network },
    inputs: "0",
    result: {
      top1: 0.916,
      top5: 0.996,
      interval95: [0.8884, 0.9373],
      size: 500,
      correct: hits(458),
      effectiveBits: 32,
      bytes: 2048,
    },
  },
  {
    key: { table: "cifar10", network, setting: setting("ks-lloyd-max", 2) },
    inputs: "0",
    result: {
      top1: 0.1,
      top5: 0.5,
      interval95: [0.0767, 0.1293],
      size: 500,
      correct: hits(50),
      effectiveBits: 2.148,
      bytes: 436,
    },
  },
];

/** Results as a run leaves them, small and made up. */
export const exampleResults: BenchResults = {
  header: {
    format: "bitbell-bench-2",
    versions: { bitbell: "0.0.0" },
    selection: {
      methods: ["min-max", "ks-lloyd-max"],
      bits: [2, 8],
      granularities: ["tensor"],
      images: 500,
      allNetworks: false,
      allTables: false,
      seed: 1,
      backend: "wasm",
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
  failures: [],
  timing: {
    started: "2026-01-01T00:00:00.000Z",
    cores: 2,
    workers: 2,
    seconds: 1,
    computed: 5,
    cells: {},
  },
  cells,
};
