/**
 * The accuracy of a checkpoint on images, measured with one worker per core.
 *
 * @module
 */
export type { AccuracyReport } from "./accuracy_report.ts";
export {
  type AccuracyChange,
  type AccuracyStep,
  accuracySteps,
  compareAccuracy,
  effectiveBitsOf,
  type MeasuredNetwork,
} from "./accuracy_steps.ts";
export {
  evaluateAccuracy,
  type EvaluateOptions,
  type Evaluator,
  type EvaluatorOptions,
  openEvaluator,
} from "./evaluate_accuracy.ts";
export { imagesToTellApart, type TellApartOptions } from "./images_to_tell_apart.ts";
export { measureAccuracy, type MeasureOptions } from "./measure_accuracy.ts";
export {
  type ImagePredictions,
  predictImages,
  type PredictImagesOptions,
} from "./predict_images.ts";
