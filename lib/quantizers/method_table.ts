import { distribution } from "../distributions/families.ts";
import { fitGaussian } from "../distributions/gaussian.ts";
import { fitLaplace } from "../distributions/laplace.ts";
import { selectDistribution } from "../goodness/select_distribution.ts";
import { aciq } from "./aciq.ts";
import { apot } from "./apot.ts";
import { autoCodebook } from "./auto.ts";
import { binary } from "./binary.ts";
import { companderCodebook } from "./compander_codebook.ts";
import { deepCompression } from "./deep_compression.ts";
import { entropyConstrained } from "./entropy_constrained_fit.ts";
import { fixedPoint } from "./fixed_point.ts";
import { hqq } from "./hqq.ts";
import { kMeans, type KMeansOptions } from "./k_means.ts";
import { uniformKl } from "./kl.ts";
import { lloydMax } from "./lloyd_max.ts";
import { lloydMaxFit } from "./lloyd_max_fit.ts";
import { uniformLpNorm } from "./lp_norm.ts";
import type { MethodOptions, QuantizerMethod } from "./method.ts";
import { minifloat, type MinifloatFormat } from "./minifloat.ts";
import { normalFloat } from "./normal_float.ts";
import { omse } from "./omse.ts";
import { optimalUniformFit } from "./optimal_uniform_fit.ts";
import { powerOfTwo } from "./power_of_two.ts";
import { pwlq } from "./pwlq.ts";
import { quantileBook } from "./quantile_book.ts";
import { bfloat16, float16, int16 } from "./sixteen_bits.ts";
import { ternary } from "./ternary.ts";
import { ternaryExact } from "./ternary_exact.ts";
import { uniformPercentile } from "./percentile.ts";
import { uniformMinMax, type UniformVariant } from "./uniform.ts";

const anyWidth = [1, 16] as const;

/** A method whose book is a function of a few stored numbers. */
const analytic = { bits: anyWidth, analytic: true } as const;

const minMax = (variant: UniformVariant, summary: string): QuantizerMethod => ({
  ...analytic,
  kind: "uniform",
  summary,
  source: "Krishnamoorthi, arXiv:1806.08342, section 2; Jacob et al., CVPR 2018, section 2.1",
  design: (sample, { bits }) => uniformMinMax(sample, { bits, variant }),
});

const aciqOf = (
  law: string,
  fit: (...sample: Parameters<QuantizerMethod["design"]>) => Parameters<typeof aciq>[0],
): QuantizerMethod => ({
  ...analytic,
  kind: "uniform",
  summary: `uniform, with the clip of Banner et al. (2019) for ${law}`,
  source: "Banner, Nahshan and Soudry, NeurIPS 2019, section 3",
  design: (sample, options) => aciq(fit(sample, options), options),
});

const lloydMaxOf = (family: string, title: string, restarts?: number): QuantizerMethod => ({
  ...analytic,
  kind: "law",
  summary: `the Lloyd-Max quantizer of the ${title} law fitted to the weights`,
  source: "Lloyd, IEEE Trans. Inf. Theory 28, 1982; Max, IRE Trans. Inf. Theory 6, 1960",
  design: (sample, { bits, seed }) => lloydMaxFit(sample, { family, bits, restarts, seed }),
});

const minifloatOf = (format: MinifloatFormat, bits: number, source: string): QuantizerMethod => ({
  kind: "format",
  bits: [bits, bits],
  analytic: true,
  summary: `the values of ${
    format.toUpperCase().replace("-", " ")
  }, scaled so that the largest magnitude becomes the format's`,
  source,
  design: (sample) => minifloat(sample, { format }),
});

const mxSource = "OCP Microscaling Formats (MX) Specification 1.0, 2023, section 5.3";
const fp8Source = "Micikevicius et al., arXiv:2209.05433, table 1";

const kMeansOf = (method: KMeansOptions["method"], summary: string): QuantizerMethod => ({
  kind: "sample",
  bits: anyWidth,
  analytic: false,
  importance: true,
  summary,
  source:
    "Lloyd, IEEE Trans. Inf. Theory 28, 1982; with importances SqueezeLLM's (Kim et al., ICML 2024, section 4.1)",
  design: (sample, { bits, importance }: MethodOptions) =>
    kMeans(sample, { bits, method, ...(importance && { weights: importance }) }),
});

/** Every method by its name. Adding a method is one file, and one entry here. */
export const methodTable: Readonly<Record<string, QuantizerMethod>> = {
  "min-max": minMax("asymmetric", "uniform over the range of the weights, whose ends are levels"),
  "min-max-symmetric": minMax(
    "symmetric",
    "uniform around zero to the largest magnitude, with 2^bits - 1 levels, zero among them",
  ),
  "min-max-zero-point": minMax(
    "zero-point",
    "uniform over the range of the weights, shifted so that zero is a level",
  ),
  "min-max-mid-rise": minMax(
    "mid-rise",
    "uniform around zero to the largest magnitude, with zero between two levels",
  ),
  "percentile": {
    ...analytic,
    kind: "uniform",
    summary: "uniform around zero, clipped at the 99.99th percentile of the magnitudes",
    source: "Wu et al., arXiv:2004.09602, section 3.3",
    design: (sample, { bits }) => uniformPercentile(sample, { bits }),
  },
  "omse": {
    ...analytic,
    kind: "uniform",
    summary:
      "uniform and centred on the mean, with the clip that minimises the squared error on the weights themselves",
    source: "Choukroun, Kravchik, Yang and Kisilev, ICCV workshops 2019",
    design: (sample, { bits }) => omse(sample, { bits }),
  },
  "optimal-uniform": {
    ...analytic,
    kind: "uniform",
    summary:
      "uniform, with the step and the centre that minimise the squared error on the weights themselves",
    source: "Max, IRE Trans. Inf. Theory 6, 1960, on the sample in place of a law",
    design: (sample, { bits }) => optimalUniformFit(sample, { bits }),
  },
  "kl": {
    kind: "uniform",
    bits: [2, 12],
    analytic: true,
    summary:
      "uniform around zero, with the clip of TensorRT's entropy calibration, which was made for 8-bit activations",
    source: "Migacz, 8-bit Inference with TensorRT, GTC 2017",
    design: (sample, { bits }) => uniformKl(sample, { bits }),
  },
  "lp-norm": {
    ...analytic,
    kind: "uniform",
    summary:
      "uniform and centred on the mean, with the clip that minimises the 3-norm of the error, which LAPQ starts from",
    source: "Nahshan et al., Machine Learning 110, 2021, section 4",
    design: (sample, { bits }) => uniformLpNorm(sample, { bits }),
  },
  "aciq": aciqOf(
    "the law that the KS statistic picks",
    (sample) => selectDistribution(sample).chosen,
  ),
  "aciq-gaussian": aciqOf("the fitted Gaussian", (sample) => fitGaussian(sample)),
  "aciq-laplace": aciqOf("the fitted Laplace law", (sample) => fitLaplace(sample)),
  "fixed-point": {
    ...analytic,
    kind: "uniform",
    summary: "two's complement integers times the power of two of least squared error",
    source: "the Q format; Lin, Talathi and Annapureddy, ICML 2016",
    design: (sample, { bits }) => fixedPoint(sample, { bits }),
  },
  "hqq": {
    ...analytic,
    kind: "uniform",
    summary:
      "uniform over the range, with the zero point that half-quadratic splitting finds for the 0.7-norm of the error",
    source: "Badri and Shaji, Half-Quadratic Quantization, 2023",
    design: (sample, { bits }) => hqq(sample, { bits }),
  },
  "int16": {
    kind: "format",
    bits: [16, 16],
    analytic: true,
    summary: "65,535 levels around zero to the largest magnitude",
    source: "min-max-symmetric at 16 bits",
    design: (sample) => int16(sample),
  },
  "float16": {
    kind: "format",
    bits: [16, 16],
    analytic: true,
    summary: "IEEE 754's binary16, without a scale",
    source: "IEEE 754-2019, section 3.6",
    design: () => float16(),
  },
  "bfloat16": {
    kind: "format",
    bits: [16, 16],
    analytic: true,
    summary: "the upper half of a float32, rounded to nearest",
    source: "Kalamkar et al., arXiv:1905.12322",
    design: () => bfloat16(),
  },
  "fp4-e2m1": minifloatOf("fp4-e2m1", 4, mxSource),
  "fp6-e2m3": minifloatOf("fp6-e2m3", 6, mxSource),
  "fp6-e3m2": minifloatOf("fp6-e3m2", 6, mxSource),
  "fp8-e4m3": minifloatOf("fp8-e4m3", 8, fp8Source),
  "fp8-e5m2": minifloatOf("fp8-e5m2", 8, fp8Source),
  "binary": {
    kind: "pattern",
    bits: [1, 1],
    analytic: true,
    summary: "the sign times the mean magnitude",
    source: "XNOR-Net: Rastegari et al., ECCV 2016, equation 6",
    design: (sample) => binary(sample),
  },
  "ternary": {
    kind: "pattern",
    bits: [2, 2],
    analytic: true,
    summary: "zero up to 0.7 times the mean magnitude, plus or minus one level beyond",
    source: "Li, Zhang and Liu, arXiv:1605.04711, section 2.2",
    design: (sample) => ternary(sample),
  },
  "ternary-exact": {
    kind: "pattern",
    bits: [2, 2],
    analytic: true,
    summary: "zero and plus or minus one level, of least squared error",
    source: "the problem of Li, Zhang and Liu, arXiv:1605.04711, section 2.1, solved exactly",
    design: (sample) => ternaryExact(sample),
  },
  "power-of-two": {
    kind: "pattern",
    bits: [2, 16],
    analytic: true,
    summary: "zero and plus or minus neighbouring powers of two, as INQ's books before retraining",
    source: "Zhou et al., ICLR 2017, equations 1 to 4",
    design: (sample, { bits }) => powerOfTwo(sample, { bits }),
  },
  "apot": {
    kind: "pattern",
    bits: [2, 16],
    analytic: true,
    summary: "additive powers of two, with the clip of least squared error",
    source: "Li, Dong and Wang, ICLR 2020, section 2.2",
    design: (sample, { bits }) => apot(sample, { bits }),
  },
  "pwlq": {
    kind: "pattern",
    bits: [3, 16],
    analytic: true,
    summary:
      "uniform in the middle and, more coarsely, in the tails, split where the paper does for a Gaussian",
    source: "Fang et al., ECCV 2020, section 3",
    design: (sample, { bits }) => pwlq(sample, { bits }),
  },
  "normal-float": {
    kind: "pattern",
    bits: [2, 16],
    analytic: true,
    summary: "quantiles of a Gaussian, scaled to the largest magnitude: NF4 at 4 bits",
    source: "Dettmers et al., NeurIPS 2023, appendix E",
    design: (sample, { bits }) => normalFloat(sample, { bits }),
  },
  "lloyd-max-gaussian": lloydMaxOf("gaussian", "Gaussian"),
  "lloyd-max-laplace": lloydMaxOf("laplace", "Laplace"),
  "lloyd-max-logistic": lloydMaxOf("logistic", "logistic"),
  // Heavy tails have one optimum: other starts lead to the same book.
  "lloyd-max-student-t": lloydMaxOf("student-t", "Student t", 0),
  "lloyd-max-generalized-gaussian": lloydMaxOf("generalized-gaussian", "generalized Gaussian"),
  "ks-lloyd-max": {
    ...analytic,
    kind: "law",
    summary:
      "the Lloyd-Max quantizer of the law, Gaussian or Laplace, that the KS statistic picks; our reading of the abstract of " +
      "Luqman et al. (arXiv:2412.07391), not a reproduction of its tables",
    source: "Luqman et al., ICDM 2025, arXiv:2412.07391 (abstract)",
    design: (sample, { bits }) =>
      lloydMax(distribution(selectDistribution(sample).chosen), { bits }),
  },
  "panter-dite": {
    ...analytic,
    kind: "law",
    summary:
      "levels as dense as the cube root of the density of the law, Gaussian or Laplace, that the KS statistic picks",
    source: "Panter and Dite, Proc. IRE 39, 1951",
    design: (sample, { bits }) => companderCodebook(selectDistribution(sample).chosen, { bits }),
  },
  "quantile": {
    ...analytic,
    kind: "law",
    summary:
      "levels of equal probability under the law, Gaussian or Laplace, that the KS statistic picks (UNIQ assumes a Gaussian)",
    source: "UNIQ: Baskin et al., ACM TOCS 37, 2021, section 3",
    design: (sample, { bits }) => quantileBook(selectDistribution(sample).chosen, { bits }),
  },
  "auto": {
    ...analytic,
    kind: "auto",
    summary:
      "Bitbell's own: levels over a range of a law, given by four stored numbers, for which a search finds the least squared error on the weights themselves",
    source: "this library: see autoCodebook",
    design: (sample, { bits }) => autoCodebook(sample, { bits }),
  },
  "k-means": kMeansOf(
    "auto",
    "levels fitted to the weights themselves and stored with them, as an empirical bound for the others (exact where weights times " +
      "levels are at most 2^22, else a local optimum)",
  ),
  "k-means-exact": kMeansOf(
    "exact",
    "levels fitted to the weights themselves and stored with them: the least squared error of all books with as many levels",
  ),
  "entropy-constrained": {
    kind: "sample",
    bits: anyWidth,
    analytic: false,
    summary:
      "levels and thresholds fitted to the weights so that their Huffman code takes about as many bits as are given: more levels than others have",
    source: "Chou, Lookabaugh and Gray, IEEE Trans. ASSP 37, 1989",
    design: (sample, { bits }) => entropyConstrained(sample, { bits }),
  },
  "deep-compression": {
    kind: "sample",
    bits: anyWidth,
    analytic: false,
    summary:
      "k-means from evenly spread levels, Huffman-coded: Deep Compression without its pruning and retraining",
    source: "Han, Mao and Dally, ICLR 2016",
    design: (sample, { bits }) => deepCompression(sample, { bits }),
  },
};
