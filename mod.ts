/**
 * Post-training quantization of bell-shaped weights: fit a law to them, decide which law by a Kolmogorov-Smirnov statistic, design the
 * optimal non-uniform quantizer for it, and measure what it costs.
 *
 * This module is pure: it touches no file, network or clock, and runs in a browser. Checkpoints, networks, evaluation, data sets and reports
 * are exports of their own: `@bitbell/bitbell/checkpoints`, `/networks`, `/evaluation`, `/datasets`, `/report`.
 *
 * @example From weights to codes and what they cost
 * ```ts
 * import { createPrng, decode, designCodebook, encode, laplace, mse, selectDistribution } from "@bitbell/bitbell";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 0.02 }).sample(10_000, { prng: createPrng(1) });
 * const { chosen } = selectDistribution(weights);
 * const codebook = designCodebook(weights, { method: "ks-lloyd-max", bits: 4 });
 * const restored = decode(encode(weights, codebook), codebook);
 *
 * assertEquals(chosen.family, "laplace");
 * assertLess(mse(weights, restored) / (2 * 0.02 ** 2), 0.017);
 * ```
 *
 * @module
 */

// Laws
export {
  asymmetricLaplace,
  type AsymmetricLaplaceParameters,
  fitAsymmetricLaplace,
} from "./lib/distributions/asymmetric_laplace.ts";
export type {
  Distribution,
  DistributionData,
  SampleOptions,
} from "./lib/distributions/distribution.ts";
export {
  exponential,
  type ExponentialParameters,
  fitExponential,
} from "./lib/distributions/exponential.ts";
export {
  distribution,
  distributionFamilies,
  fitFamily,
  fittableFamilies,
} from "./lib/distributions/families.ts";
export type { Fit, FitIteration, FitOptions, FittedDistribution } from "./lib/distributions/fit.ts";
export { fitAll, type FitAllOptions } from "./lib/distributions/fit_all.ts";
export { fitGaussian, gaussian, type GaussianParameters } from "./lib/distributions/gaussian.ts";
export {
  fitGeneralizedGaussian,
  fitGeneralizedGaussianByMoments,
  generalizedGaussian,
  type GeneralizedGaussianParameters,
} from "./lib/distributions/generalized_gaussian.ts";
export {
  fitHalfGaussian,
  halfGaussian,
  type HalfGaussianParameters,
} from "./lib/distributions/half_gaussian.ts";
export { fitLaplace, laplace, type LaplaceParameters } from "./lib/distributions/laplace.ts";
export { locationScale, type LocationScaleParameters } from "./lib/distributions/location_scale.ts";
export { fitLogistic, logistic, type LogisticParameters } from "./lib/distributions/logistic.ts";
export {
  fitStudentT,
  fitStudentTByMoments,
  studentT,
  type StudentTParameters,
} from "./lib/distributions/student_t.ts";
export { truncated, type TruncationEnds } from "./lib/distributions/truncated.ts";
export { fitUniform, uniformOn, type UniformParameters } from "./lib/distributions/uniform.ts";
export { fitMixture, type FitMixtureOptions } from "./lib/distributions/fit_mixture.ts";
export type { MixtureProgress } from "./lib/distributions/mixture_ascent.ts";
export type { MixtureFamily } from "./lib/distributions/mixture_likelihood.ts";
export { mixture, type MixtureComponent } from "./lib/distributions/mixture.ts";
export type { PartialMoments } from "./lib/numerics/gauss_legendre.ts";
export {
  createHistogram,
  histogram,
  type HistogramCounts,
  type HistogramIntervals,
  type HistogramOptions,
  updateHistogram,
} from "./lib/numerics/histogram.ts";
export type { CompensatedSum } from "./lib/numerics/compensated_sum.ts";
export {
  createMoments,
  finishMoments,
  type Moments,
  moments,
  type MomentSums,
  updateMoments,
} from "./lib/numerics/moments.ts";
export type { Sample } from "./lib/numerics/sample.ts";
export { subsample, type SubsampleOptions } from "./lib/numerics/subsample.ts";
export { createPrng, type Prng } from "./lib/numerics/prng.ts";

// Goodness of fit
export { type AndersonDarling, andersonDarling } from "./lib/goodness/anderson_darling.ts";
export { type CramerVonMises, cramerVonMises } from "./lib/goodness/cramer_von_mises.ts";
export { fittedNullLaw } from "./lib/goodness/fitted_null.ts";
export { kolmogorovLaw } from "./lib/goodness/kolmogorov_law.ts";
export { kolmogorovLimit } from "./lib/goodness/kolmogorov_limit.ts";
export {
  type KsAlternative,
  type KsTest,
  ksTest,
  type KsTestOptions,
} from "./lib/goodness/ks_test.ts";
export { type KsTest2, ksTest2, type KsTest2Options } from "./lib/goodness/ks_test_2.ts";
export {
  type KsTestFitted,
  ksTestFitted,
  type KsTestFittedOptions,
} from "./lib/goodness/ks_test_fitted.ts";
export type { NullLaw } from "./lib/goodness/null_law.ts";
export { smirnovLaw, smirnovLimit } from "./lib/goodness/smirnov.ts";
export type { Deviation } from "./lib/goodness/deviation_search.ts";
export { type KsStatistic, ksStatistic, ksStatistics } from "./lib/goodness/ks_statistic.ts";
export { ksStatisticOfChunks } from "./lib/goodness/ks_statistic_of_chunks.ts";
export {
  ksOfSubsamples,
  type KsOfSubsamplesOptions,
  type SubsampledKs,
} from "./lib/goodness/ks_of_subsamples.ts";
export {
  type PlotPointsOptions,
  type PpPoint,
  ppPoints,
  type QqPoint,
  qqPoints,
} from "./lib/goodness/plot_points.ts";
export {
  type CriterionFunction,
  type CriterionName,
  type RankedDistribution,
  type RefusedFamily,
  selectDistribution,
  type Selection,
  type SelectOptions,
} from "./lib/goodness/select_distribution.ts";
export {
  type SelectionRate,
  selectionRate,
  type SelectionRateOptions,
} from "./lib/goodness/selection_rate.ts";

// Codebooks
export {
  type Codebook,
  type CodebookDesign,
  type CodebookSize,
  createCodebook,
  type DesignIteration,
  type DesignRecord,
} from "./lib/codebooks/codebook.ts";
export { type Codes, encode } from "./lib/codebooks/encode.ts";
export { decode } from "./lib/codebooks/decode.ts";
export { quantize } from "./lib/codebooks/quantize.ts";
export type { ErrorState, ErrorSummary } from "./lib/codebooks/error_state.ts";
export {
  createQuantizationErrorState,
  finishQuantizationError,
  type QuantizationError,
  quantizationError,
  type QuantizationErrorState,
  type QuantizationOutputs,
  quantizeWithError,
  updateQuantizationError,
} from "./lib/codebooks/quantization_error.ts";

// Coding
export { type CodedSize, codedSize, codedSizeOfCounts } from "./lib/coding/coded_size.ts";
export { countCodes, entropyOfCodes, entropyOfCounts } from "./lib/coding/entropy.ts";
export {
  canonicalCode,
  type HuffmanCode,
  huffmanCode,
  huffmanDecode,
  huffmanEncode,
  huffmanTableBits,
} from "./lib/coding/huffman.ts";
export { packBits, unpackBits } from "./lib/coding/pack_bits.ts";

// Metrics
export {
  type Arithmetic,
  bitOperations,
  energyConstants,
  type InferenceEnergy,
  inferenceEnergy,
  type InferenceWork,
} from "./lib/metrics/energy.ts";
export {
  createErrorState,
  finishError,
  maxAbsoluteError,
  mse,
  sqnrDb,
  updateError,
} from "./lib/metrics/error.ts";
export { differenceInterval } from "./lib/metrics/difference_interval.ts";
export { holm } from "./lib/metrics/holm.ts";
export { wilsonInterval } from "./lib/metrics/intervals.ts";
export {
  type FairCoinTest,
  mcnemarTest,
  type PairedCounts,
  pairedCounts,
  signTest,
} from "./lib/metrics/paired_test.ts";
export { effectiveBits } from "./lib/metrics/storage.ts";

// Quantizers
export { aciq, aciqClipping } from "./lib/quantizers/aciq.ts";
export { apot, type ApotOptions } from "./lib/quantizers/apot.ts";
export {
  type AutoCodebook,
  autoCodebook,
  type AutoDesign,
  autoLevels,
  type AutoNumbers,
} from "./lib/quantizers/auto.ts";
export { binary } from "./lib/quantizers/binary.ts";
export { companderCodebook } from "./lib/quantizers/compander_codebook.ts";
export { normalFloat, type NormalFloatOptions } from "./lib/quantizers/normal_float.ts";
export { powerOfTwo, type PowerOfTwoOptions } from "./lib/quantizers/power_of_two.ts";
export { pwlq, type PwlqBreakpoint, type PwlqOptions } from "./lib/quantizers/pwlq.ts";
export { quantileBook } from "./lib/quantizers/quantile_book.ts";
export { ternary, type TernaryOptions } from "./lib/quantizers/ternary.ts";
export { ternaryExact } from "./lib/quantizers/ternary_exact.ts";
export { deepCompression, type DeepCompressionOptions } from "./lib/quantizers/deep_compression.ts";
export { designMse, type DesignMseOptions } from "./lib/quantizers/design_mse.ts";
export { differentialEntropy, panterDite, shannonLowerBound } from "./lib/quantizers/bounds.ts";
export {
  entropyConstrained,
  type EntropyConstrainedOptions,
} from "./lib/quantizers/entropy_constrained_fit.ts";
export { type ExpectedError, expectedMse } from "./lib/quantizers/expected_mse.ts";
export {
  kMeans,
  type KMeansCodebook,
  type KMeansDesign,
  type KMeansOptions,
} from "./lib/quantizers/k_means.ts";
export { type LloydConditions, lloydConditions } from "./lib/quantizers/lloyd_conditions.ts";
export { lloydMax, type LloydMaxOptions } from "./lib/quantizers/lloyd_max.ts";
export { lloydMaxFit, type LloydMaxFitOptions } from "./lib/quantizers/lloyd_max_fit.ts";
export { fixedPoint, type FixedPointOptions } from "./lib/quantizers/fixed_point.ts";
export { hqq, type HqqOptions } from "./lib/quantizers/hqq.ts";
export { uniformKl } from "./lib/quantizers/kl.ts";
export { uniformLpNorm, type UniformLpNormOptions } from "./lib/quantizers/lp_norm.ts";
export {
  minifloat,
  type MinifloatFormat,
  type MinifloatOptions,
} from "./lib/quantizers/minifloat.ts";
export { uniformPercentile, type UniformPercentileOptions } from "./lib/quantizers/percentile.ts";
export { bfloat16, float16, int16 } from "./lib/quantizers/sixteen_bits.ts";
export type { MethodDescription, MethodKind } from "./lib/quantizers/method.ts";
export {
  describeMethod,
  designCodebook,
  type DesignOptions,
  quantizerMethods,
} from "./lib/quantizers/methods.ts";
export { omse } from "./lib/quantizers/omse.ts";
export {
  type GridVariant,
  optimalUniform,
  type OptimalUniformOptions,
} from "./lib/quantizers/optimal_uniform.ts";
export {
  optimalUniformFit,
  type OptimalUniformFitOptions,
} from "./lib/quantizers/optimal_uniform_fit.ts";
export {
  uniformMinMax,
  type UniformMinMaxOptions,
  type UniformVariant,
} from "./lib/quantizers/uniform.ts";

// Whole networks
export {
  type BiasCorrectedCheckpoint,
  correctBias,
  type CorrectBiasOptions,
  type CorrectedLayer,
} from "./lib/compression/correct_bias.ts";
export {
  allocateBits,
  type AllocateBitsOptions,
  type BitAllocation,
  type BitCurve,
} from "./lib/compression/bit_allocation.ts";
export {
  distortionCurves,
  type DistortionCurvesOptions,
  type DistortionWeighting,
  type SensitivityRow,
  sensitivityRows,
} from "./lib/compression/distortion_curves.ts";
export {
  equalizeCrossLayer,
  type EqualizedCheckpoint,
  type EqualizedPair,
  type EqualizeOptions,
  type LeftOutLayer,
} from "./lib/compression/equalize_cross_layer.ts";
export { correctChannels, type Correction } from "./lib/compression/corrections.ts";
export {
  foldBatchNormIntoWeights,
  type FoldedCheckpoint,
  type FoldedNorm,
} from "./lib/compression/fold_into_weights.ts";
export type {
  NetworkTransformOptions,
  NetworkTransforms,
} from "./lib/compression/network_transforms.ts";
export type { Granularity, GranularityOptions } from "./lib/compression/granularity.ts";
export type { CodebookRecord, LayerReport } from "./lib/compression/layer_report.ts";
export {
  type LayerFailure,
  quantizeCheckpoint,
  type QuantizeCheckpointOptions,
  type QuantizedCheckpoint,
} from "./lib/compression/quantize_checkpoint.ts";
export {
  type Objective,
  type QuantizedLayer,
  quantizeTensor,
  type QuantizeTensorOptions,
  type Rounding,
  type Width,
} from "./lib/compression/quantize_tensor.ts";
export {
  type Affine,
  type Bounds,
  dequantize,
  type QuantizedTensor,
} from "./lib/compression/quantized_tensor.ts";
export { quantizeForOutput, type QuantizeForOutputOptions } from "./lib/compression/auto_output.ts";
export type { InputMoments } from "./lib/compression/input_model.ts";
export { outputError, roundForOutput } from "./lib/compression/output_rounding.ts";
export {
  type NamedTensor,
  quantizableTensors,
  type SelectTensorsOptions,
} from "./lib/compression/select_tensors.ts";
export { type StoredBytes, storedBytes } from "./lib/compression/stored_bytes.ts";
export type { Checkpoint, Tensor, TensorData } from "./lib/checkpoints/checkpoint.ts";
