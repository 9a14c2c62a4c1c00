/** Times the steps of a design on weights of ResNet-20's largest tensor, and on a million. `deno task bench:micro` runs it. */
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { fitGaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { designCodebook, quantizerMethods } from "../../lib/quantizers/methods.ts";

const million = Float32Array.from(
  laplace({ location: 0, scale: 0.02 }).sample(1_000_000, { prng: createPrng(1) }),
);
const layer = million.subarray(0, 36_864);

for (const [size, sample] of [["36,864", layer], ["1,000,000", million]] as const) {
  const group = `${size} float32 weights`;
  const codebook = designCodebook(sample, { method: "lloyd-max-laplace", bits: 4 });
  Deno.bench("fitGaussian", { group, baseline: true }, () => void fitGaussian(sample));
  Deno.bench("fitLaplace", { group }, () => void fitLaplace(sample));
  const law = fitGaussian(sample);
  Deno.bench("ksStatistic, fitted Gaussian", { group }, () => void ksStatistic(sample, law));
  Deno.bench("encode, 16 levels", { group }, () => void encode(sample, codebook));
  Deno.bench(
    "quantizationError, 16 levels",
    { group },
    () => void quantizationError(sample, codebook),
  );
}

for (const method of quantizerMethods) {
  Deno.bench(
    `designCodebook, ${method}, 4 bits`,
    { group: "design for 36,864 float32 weights", baseline: method === "min-max" },
    () => void designCodebook(layer, { method, bits: 4 }),
  );
}
