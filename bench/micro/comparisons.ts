import { join } from "node:path";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { decode } from "../../lib/codebooks/decode.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { mse } from "../../lib/metrics/error.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import type { PeerAnswer, PeerRequest } from "./peer.ts";
import { bellShapedWeights, resNet50Sizes } from "./samples.ts";

/** The same work, done here and by a peer. */
export interface Comparison {
  readonly name: string;
  /** How the peer is called, and the packages it needs. */
  readonly peer: string;
  readonly packages: readonly string[];
  /** How many times faster than the peer it is to be. */
  readonly goal: number;
  /** How many values go in, and how many bytes are read and written at the least. */
  readonly memory: { readonly read: number; readonly written: number };
  /** How often the peer is timed; the median counts. */
  readonly peerRounds: number;
  /** The work is too short for one call to be timed. */
  readonly short?: boolean;
  readonly ours: () => unknown;
  readonly request: PeerRequest;
  /** Says in a few words whether both did the same, and throws if they did not. */
  readonly check: (ours: unknown, answer: PeerAnswer) => string;
}

const seed = 20261121;
const peerRounds = 7;

/** Makes the comparisons whose name holds one of the words; their values go into files in a folder, for the peers to read. */
export function makeComparisons(folder: string, words: readonly string[]): (() => Comparison)[] {
  const makers: Record<string, () => Comparison> = {
    "ks": () => ksComparison(folder),
    "k-means-local": () => kMeansComparison(folder, "local", "sklearn", ["sklearn"], 50),
    "k-means-exact, kmeans1d": () => kMeansComparison(folder, "exact", "kmeans1d", ["kmeans1d"], 3),
    "k-means-exact, ckwrap": () => kMeansComparison(folder, "exact", "ckwrap", ["ckwrap"], 3),
    "encode": () => encodeComparison(folder),
    "lloyd-max": lloydMaxComparison,
    "pipeline": () => pipelineComparison(folder),
  };
  return Object.entries(makers)
    .filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)))
    .map(([, make]) => make);
}

function store(folder: string, name: string, values: Float32Array): string {
  const path = join(folder, `${name}.f32`);
  Deno.writeFileSync(path, new Uint8Array(values.buffer));
  return path;
}

function ksComparison(folder: string): Comparison {
  const values = bellShapedWeights(1e7, seed);
  const law = fitGaussian(values);
  return {
    name: "ksStatistic, fitted Gaussian, 10^7",
    peer: "scipy.stats.kstest",
    packages: ["scipy"],
    goal: 30,
    memory: { read: values.byteLength, written: 0 },
    peerRounds,
    ours: () => ksStatistic(values, law).statistic,
    request: { work: "kstest", values: store(folder, "ks", values), ...law.parameters },
    check: (ours, { statistic }) => {
      const difference = Math.abs(ours as number - (statistic as number));
      hold(difference <= 1e-12, `D differs by ${difference}`);
      return `same D (to ${difference.toExponential(0)})`;
    },
  };
}

function kMeansComparison(
  folder: string,
  method: "local" | "exact",
  work: string,
  packages: string[],
  goal: number,
): Comparison {
  const values = bellShapedWeights(1e6, seed);
  const levels = 16;
  const errorOf = (book: readonly number[]) =>
    quantizationError(values, createCodebook(book, { method: work, storedValues: levels })).mse;
  return {
    name: `kMeans, ${method}, 16 levels, 10^6`,
    peer: work === "sklearn" ? "sklearn KMeans(n_init=1, tol=1e-6)" : `${work} (PyPI)`,
    packages,
    goal,
    memory: { read: values.byteLength, written: 0 },
    peerRounds,
    ours: () => [...kMeans(values, { levels, method }).levels],
    request: { work, values: store(folder, "k-means", values), levels, seed },
    check: (ours, answer) => {
      const ratio = errorOf(ours as number[]) / errorOf(answer.levels as number[]);
      // The optimum's levels may come back as float32 or as double means: the same book to rounding.
      hold(ratio <= 1 + 1e-9, `MSE is ${ratio} times the peer's`);
      return `MSE / peer's: ${ratio.toFixed(9)}`;
    },
  };
}

function encodeComparison(folder: string): Comparison {
  const values = bellShapedWeights(1e7, seed);
  // Levels on a binary grid, so that every threshold is a float32 too.
  const grid = 2 ** -16;
  const { levels } = lloydMax(fitGaussian(values), { bits: 4 });
  const book = createCodebook(levels.map((level) => Math.round(level / grid) * grid), {
    method: "binary grid",
    storedValues: 16,
  });
  const codes = new Uint8Array(values.length);
  const path = join(folder, "codes.u8");
  return {
    name: "encode, 16 levels, 10^7",
    peer: "torch.bucketize (int32 codes)",
    packages: ["torch"],
    goal: 6,
    memory: { read: values.byteLength, written: codes.byteLength },
    peerRounds,
    ours: () => encode(values, book, codes),
    request: {
      work: "bucketize",
      values: store(folder, "encode", values),
      thresholds: [...book.thresholds],
      codes: path,
    },
    check: () => {
      const theirs = Deno.readFileSync(path);
      const differing = codes.findIndex((code, i) => code !== theirs[i]);
      hold(differing === -1, `code ${differing} differs`);
      return "same codes";
    },
  };
}

function lloydMaxComparison(): Comparison {
  const residual = 1e-13;
  let designSeed = 0;
  return {
    name: "lloydMax, Gaussian, 256 levels",
    peer: "Lloyd's iteration, scipy.stats.norm",
    packages: ["scipy"],
    goal: 1000,
    memory: { read: 0, written: 2 * 256 * 8 },
    peerRounds: 1,
    short: true,
    // A seed of its own for each call, so that no earlier design is taken for it.
    ours: () =>
      lloydMax(gaussian({ mean: 0, standardDeviation: 1 }), { levels: 256, seed: designSeed++ }),
    request: { work: "lloyd", levels: 256, residual, limit: 300 },
    check: (ours, answer) => {
      const { levels, design } = ours as ReturnType<typeof lloydMax>;
      hold(design.residual! <= residual, `the residual is ${design.residual}`);
      const theirs = answer.levels as number[];
      const difference = Math.max(...levels.map((level, i) => Math.abs(level - theirs[i]!)));
      return `residuals ${design.residual!.toExponential(0)} and ${
        (answer.residual as number).toExponential(0)
      } after ${answer.iterations} iterations; levels to ${difference.toExponential(0)}`;
    },
  };
}

function pipelineComparison(folder: string): Comparison {
  const sizes = resNet50Sizes();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const values = bellShapedWeights(total, seed);
  let end = 0;
  const tensors = sizes.map((size) => values.subarray(end, end += size));
  return {
    name: `fit, KS, choose, design, encode, decode, MSE: ${
      (total / 1e6).toFixed(1)
    } million in ${sizes.length} tensors`,
    peer: "the same steps, SciPy and NumPy",
    packages: ["scipy"],
    goal: 15,
    memory: { read: values.byteLength, written: 5 * total },
    peerRounds,
    ours: () =>
      tensors.map((tensor) => {
        const { chosen } = selectDistribution(tensor);
        const book = lloydMax(distribution(chosen), { bits: 4 });
        return mse(tensor, decode(encode(tensor, book), book));
      }),
    request: { work: "pipeline", values: store(folder, "pipeline", values), sizes, levels: 16 },
    check: (ours, { errors }) => {
      const difference = Math.max(
        ...(ours as number[]).map((mse, i) => Math.abs(mse / (errors as number[])[i]! - 1)),
      );
      hold(difference < 1e-6, `an MSE differs by ${difference}`);
      return `same MSE (to ${difference.toExponential(0)})`;
    },
  };
}

function hold(condition: boolean, reason: string): void {
  if (!condition) throw new Error(`Cannot compare as the work is not the same: ${reason}`);
}
