/**
 * The accuracy of a checkpoint on images, measured with one worker per core.
 *
 * @module
 */
export type { AccuracyReport } from "./accuracy_report.ts";
export {
  evaluateAccuracy,
  type EvaluateOptions,
  type Evaluator,
  type EvaluatorOptions,
  openEvaluator,
} from "./evaluate_accuracy.ts";
export { measureAccuracy, type MeasureOptions } from "./measure_accuracy.ts";
