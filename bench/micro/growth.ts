import { decode } from "../../lib/codebooks/decode.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { packBits, unpackBits } from "../../lib/coding/pack_bits.ts";
import { fitGaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace } from "../../lib/distributions/laplace.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { medianOf } from "../../lib/numerics/order_statistics.ts";
import { sortedCopy } from "../../lib/numerics/sample.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { bellShapedWeights } from "./samples.ts";
import { secondsOfShort, sumOf } from "./timing.ts";

/** How the time of a kernel grows: nanoseconds per value at each size. */
export interface GrowthRow {
  readonly kernel: string;
  readonly nanoseconds: readonly number[];
}

/** Times every kernel at every size; `onRow` hears of each as it is done. */
export function measureGrowth(
  sizes: readonly number[],
  onRow: (name: string) => void,
): GrowthRow[] {
  const sets = sizes.map(makeSet);
  const kernels = Object.keys(sets[0]!);
  return kernels.map((kernel) => {
    onRow(kernel);
    return {
      kernel,
      nanoseconds: sets.map((set, i) =>
        1e9 * medianOf(Array.from({ length: 3 }, () => secondsOfShort(set[kernel]!))) / sizes[i]!
      ),
    };
  });
}

/** The kernels, bound to float32 values of one size and to outputs made beforehand. */
function makeSet(size: number): Readonly<Record<string, () => unknown>> {
  const values = bellShapedWeights(size, 1);
  const law = fitGaussian(values);
  const book = lloydMax(law, { bits: 4 });
  const codes = encode(values, book);
  const decoded = new Float32Array(size);
  const packed = packBits(codes, 4);
  const bytes = new Float64Array(values.buffer, 0, size / 2);
  return {
    "fitGaussian": () => fitGaussian(values),
    "fitLaplace": () => fitLaplace(values),
    "ksStatistic, fitted Gaussian": () => ksStatistic(values, law),
    "sort (as doubles)": () => sortedCopy(values),
    "kMeans, local, 16 levels": () => kMeans(values, { levels: 16, method: "local" }),
    "kMeans, exact, 16 levels": () => kMeans(values, { levels: 16, method: "exact" }),
    "encode, 16 levels": () => encode(values, book, codes),
    "decode": () => decode(codes, book, decoded),
    "quantizationError, 16 levels": () => quantizationError(values, book),
    "packBits, 4 bits": () => packBits(codes, 4, packed),
    "unpackBits, 4 bits": () => unpackBits(packed, 4, size, codes),
    "read once": () => sumOf(bytes),
  };
}
