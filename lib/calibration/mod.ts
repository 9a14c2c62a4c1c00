/**
 * Quantization with calibration images: codes and books fitted to what the layers compute, and batch norms taken anew.
 *
 * @module
 */
export { adaRound, type AdaRoundOptions } from "./ada_round.ts";
export {
  coordinateDescent,
  type CoordinateDescentOptions,
  type CoordinateDescentResult,
} from "./coordinate_descent.ts";
export { type FitCodesOptions, type RoundingMethod, roundingMethods } from "./fit_codes.ts";
export { fisherImportance, type FisherImportanceOptions } from "./fisher_importance.ts";
export { type FisherWeights, fisherWeights, type FisherWeightsOptions } from "./fisher_weights.ts";
export { gptq, type GptqOptions, type GptqOrder } from "./gptq.ts";
export {
  measureSensitivity,
  type MeasureSensitivityOptions,
  type Sensitivity,
  type TensorSensitivity,
} from "./measure_sensitivity.ts";
export type { OutputChange } from "./output_change.ts";
export {
  type CalibratedCheckpoint,
  type CalibratedLayer,
  quantizeWithImages,
  type QuantizeWithImagesOptions,
} from "./quantize_with_images.ts";
export { reestimateBatchNorm, type ReestimateBatchNormOptions } from "./reestimate_batch_norm.ts";
export { refitBooks, type RefitKind, refitKinds } from "./refit_books.ts";
export { roundingError, type RoundingProblem } from "./rounding_problem.ts";
export {
  squaredInputImportance,
  type SquaredInputImportanceOptions,
} from "./squared_input_importance.ts";
