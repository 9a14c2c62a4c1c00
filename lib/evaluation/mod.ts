/**
 * The accuracy of a checkpoint on images, measured with one worker per core.
 *
 * @module
 */
export {
  type AccuracyReport,
  evaluateAccuracy,
  type EvaluateOptions,
  type Evaluator,
  type EvaluatorOptions,
  openEvaluator,
} from "./evaluate_accuracy.ts";
