import { distribution, fitFamily } from "../distributions/families.ts";
import { fitGaussian } from "../distributions/gaussian.ts";
import { fitLaplace } from "../distributions/laplace.ts";
import { selectDistribution } from "../goodness/select_distribution.ts";
import { aciq } from "./aciq.ts";
import { kMeans, type KMeansOptions } from "./k_means.ts";
import { lloydMax } from "./lloyd_max.ts";
import type { MethodOptions, QuantizerMethod } from "./method.ts";
import { omse } from "./omse.ts";
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

const lloydMaxOf = (family: string, title: string): QuantizerMethod => ({
  ...analytic,
  kind: "law",
  summary: `the Lloyd-Max quantizer of the ${title} law fitted to the weights`,
  source: "Lloyd, IEEE Trans. Inf. Theory 28, 1982; Max, IRE Trans. Inf. Theory 6, 1960",
  design: (sample, { bits }) => lloydMax(fitFamily(sample, family), { bits }),
});

const kMeansOf = (method: KMeansOptions["method"], summary: string): QuantizerMethod => ({
  kind: "sample",
  bits: anyWidth,
  analytic: false,
  importance: true,
  summary,
  source: "Lloyd 1982; with importances SqueezeLLM's (Kim et al., ICML 2024, section 4.1)",
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
  "omse": {
    ...analytic,
    kind: "uniform",
    summary:
      "uniform and centred on the mean, with the clip that minimises the squared error on the weights themselves",
    source: "Choukroun, Kravchik, Yang and Kisilev, ICCV workshops 2019",
    design: (sample, { bits }) => omse(sample, { bits }),
  },
  "aciq": aciqOf(
    "the law that the KS statistic picks",
    (sample) => selectDistribution(sample).chosen,
  ),
  "aciq-gaussian": aciqOf("the fitted Gaussian", (sample) => fitGaussian(sample)),
  "aciq-laplace": aciqOf("the fitted Laplace law", (sample) => fitLaplace(sample)),
  "lloyd-max-gaussian": lloydMaxOf("gaussian", "Gaussian"),
  "lloyd-max-laplace": lloydMaxOf("laplace", "Laplace"),
  "lloyd-max-logistic": lloydMaxOf("logistic", "logistic"),
  "lloyd-max-student-t": lloydMaxOf("student-t", "Student t"),
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
  "k-means": kMeansOf(
    "auto",
    "levels fitted to the weights themselves and stored with them, as an empirical bound for the others (exact where weights times " +
      "levels are at most 2^22, else a local optimum)",
  ),
  "k-means-exact": kMeansOf(
    "exact",
    "levels fitted to the weights themselves and stored with them: the least squared error of all books with as many levels",
  ),
};
