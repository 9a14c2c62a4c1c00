/**
 * Networks read off the names and shapes of a checkpoint's tensors: described as plain data, built in TensorFlow.js.
 *
 * @module
 */
export { type Backend, backends, useBackend } from "./backend.ts";
export { buildNetwork, type Network } from "./build.ts";
export type {
  ActivationNode,
  AddNode,
  AveragePoolNode,
  BatchNormalizationNode,
  ConcatenateNode,
  ConvolutionNode,
  FlattenNode,
  GlobalAveragePoolNode,
  ImageSize,
  InputNode,
  LinearNode,
  MaxPoolNode,
  NetworkDescription,
  NetworkNode,
  NodeBase,
  Normalization,
  PadChannelsNode,
  Padding,
  ParameterDescription,
  SubsampleNode,
} from "./description.ts";
export { describeValue } from "./describe_value.ts";
export { type DescribedTensors, foldBatchNorm } from "./fold_batch_norm.ts";
export { type ChannelMoments, inputMoments } from "./input_moments.ts";
export { multiplyAdds } from "./multiply_adds.ts";
export { onnxModel, type OnnxModelOptions } from "./onnx_model.ts";
export {
  type EvaluationBackend,
  evaluationBackends,
  openPredictor,
  type Predictor,
  type PredictorOptions,
} from "./predictor.ts";
export {
  describeNetwork,
  type DescribeOptions,
  networkNameForms,
  networkNames,
} from "./registry.ts";
