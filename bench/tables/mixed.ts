import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { allocateBits, type BitCurve } from "../../lib/compression/bit_allocation.ts";
import {
  quantizeCheckpoint,
  type QuantizedCheckpoint,
} from "../../lib/compression/quantize_checkpoint.ts";
import { describeIfKnown } from "../../lib/compression/select_tensors.ts";
import { storedBytes } from "../../lib/compression/stored_bytes.ts";
import { inputMoments } from "../../lib/networks/input_moments.ts";
import type { CellKey, Setting } from "../results.ts";
import { imagesOf, networkOf } from "../scene.ts";
import { budgetOf, budgets, type Criterion, type MixedResult } from "./mixed_cells.ts";
import { mixedPage, mixedTitle } from "./mixed_page.ts";
import { networkError } from "./network_error.ts";
import { outputNoise } from "./output_noise.ts";
import type { BenchTable, CellContext } from "./table.ts";

const methods: readonly Pick<Setting, "method" | "granularity">[] = [
  { method: "ks-lloyd-max", granularity: "tensor" },
  { method: "lloyd-max-laplace", granularity: "tensor" },
  { method: "auto", granularity: "tensor" },
  { method: "ks-lloyd-max", granularity: "channel" },
];

/** For all tensors. */
const equalWidths = [2, 3, 4, 5, 6];
/** What a tensor may get. */
const widths = [1, 2, 3, 4, 5, 6, 7, 8];
const mostBits = widths.at(-1)!;

/** Accuracy against size where tensors differ in width, beside one width for all. */
export const mixedTable: BenchTable = {
  name: "mixed",
  title: mixedTitle,
  module: import.meta.url,
  anyDataset: true,
  onRequest: true,
  plan: (scene) =>
    scene.networks.filter(({ record }) => record.usual && imagesOf(scene, record.label))
      .flatMap(({ record }) => keysFor(record.label)),
  // The curves are measured for all budgets of a method at once, by each worker.
  estimate: ({ network, setting, variant }, speed) =>
    speed.evaluate(network) +
    (setting === undefined
      ? 0
      : (variant === undefined ? 1 : 2.5) * speed.quantize(network, setting)),

  async run(key, context): Promise<MixedResult> {
    const { network, setting } = key;
    const budget = budgetOf(key);
    const original = await context.checkpoint(network);
    if (setting === undefined) {
      const accuracy = await context.accuracy(network, original);
      return { bytes: storedBytes(original).total, effectiveBits: 32, accuracy };
    }
    if (budget === undefined) {
      return await resultOf(network, original, await context.quantize(network, setting), context);
    }
    const { [budget.criterion]: curves } = await curvesFor(network, setting, context);
    const least = leastAverage(curves);
    if (least > budget.averageBits) return { effectiveBits: least };
    const { bits } = allocateBits(curves, budget);
    const quantized = await quantizeCheckpoint(original, { ...setting, bits });
    const result = await resultOf(network, original, quantized, context);
    return {
      ...result,
      widths: Object.fromEntries(quantized.layers.map(({ name, bits }) => [name, bits])),
    };
  },

  page: mixedPage,
};

function keysFor(network: string): readonly CellKey[] {
  const table = "mixed";
  return [
    { table, network },
    ...methods.flatMap((method): CellKey[] => [
      ...equalWidths.map((bits) => ({ table, network, setting: { ...method, bits } })),
      ...[...budgets.keys()].map((variant) => ({
        table,
        network,
        setting: { ...method, bits: mostBits },
        variant,
      })),
    ]),
  ];
}

async function resultOf(
  network: string,
  original: Checkpoint,
  quantized: QuantizedCheckpoint,
  context: CellContext,
): Promise<MixedResult> {
  return {
    bytes: storedBytes(quantized.checkpoint, quantized).total,
    effectiveBits: networkError(original, quantized.layers).effectiveBits,
    accuracy: await context.accuracy(network, quantized.checkpoint),
  };
}

/** What the cheapest widths take, in bits per weight. */
function leastAverage(curves: readonly BitCurve[]): number {
  let bits = 0, weights = 0;
  for (const { size, overhead } of curves) {
    bits += Math.min(...widths.map((width) => width * size + overhead![width]!));
    weights += size;
  }
  return bits / weights;
}

type Curves = Readonly<Record<Criterion, readonly BitCurve[]>>;

/** All budgets of a method are shared out by the same curves. */
const known = new WeakMap<Checkpoint, Map<string, Promise<Curves>>>();

async function curvesFor(
  network: string,
  { method, granularity }: Setting,
  context: CellContext,
): Promise<Curves> {
  const checkpoint = await context.checkpoint(network);
  const ofCheckpoint = known.get(checkpoint) ?? new Map<string, Promise<Curves>>();
  known.set(checkpoint, ofCheckpoint);
  const name = `${method} per ${granularity}`;
  const curves = ofCheckpoint.get(name) ??
    measureCurves(checkpoint, { method, granularity }, {
      network: networkOf(context.scene, network).network,
      progress: context.progress,
    });
  ofCheckpoint.set(name, curves);
  return await curves;
}

/** What one width makes of a tensor. */
interface Measured {
  readonly name: string;
  readonly size: number;
  readonly bits: number;
  readonly overhead: number;
  readonly errors: Readonly<Record<Criterion, number>>;
}

/** Quantizes all tensors at every width, and measures both errors of each. */
async function measureCurves(
  checkpoint: Checkpoint,
  setting: Omit<Setting, "bits">,
  { network, progress }: {
    readonly network: string | undefined;
    readonly progress: CellContext["progress"];
  },
): Promise<Curves> {
  const description = describeIfKnown(checkpoint, { network });
  const moments = description && new Map(inputMoments(description, checkpoint.tensors));
  const measured: Measured[] = [];
  for (const [i, bits] of widths.entries()) {
    const { layers, quantized } = await quantizeCheckpoint(checkpoint, { ...setting, bits });
    for (const { name, size, mse, effectiveBits } of layers) {
      const weights = checkpoint.tensors.get(name)!.data as Float32Array;
      const errors = {
        "squared error": size * mse,
        "output error": outputNoise(weights, quantized.get(name)!, moments?.get(name)),
      };
      measured.push({ name, size, bits, overhead: (effectiveBits - bits) * size, errors });
    }
    progress((i + 1) / widths.length);
  }
  return {
    "squared error": curvesBy(measured, "squared error"),
    "output error": curvesBy(measured, "output error"),
  };
}

function curvesBy(measured: readonly Measured[], criterion: Criterion): readonly BitCurve[] {
  const byBits = (points: readonly Measured[], value: (point: Measured) => number) =>
    Object.fromEntries(points.map((point) => [point.bits, value(point)]));
  return [...Map.groupBy(measured, ({ name }) => name)].map(([name, points]) => ({
    name,
    size: points[0]!.size,
    distortion: byBits(points, ({ errors }) => errors[criterion]),
    overhead: byBits(points, ({ overhead }) => overhead),
  }));
}
