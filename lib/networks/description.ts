/**
 * A network as plain data: what a checkpoint's tensors mean, without any code to run them. The executor, batch-norm folding and
 * export all read the same description.
 *
 * Everything is described per image in PyTorch's and ONNX's order: feature maps are `[channels, height, width]`, vectors
 * `[features]`; the batch axis stands in front of both and is left out. Each node computes one value, named after the node, from
 * values named earlier; each kind says which ONNX operator it is.
 *
 * It survives `structuredClone` and JSON.
 */
export interface NetworkDescription {
  /** The architecture's name in the registry, such as `cifar-resnet`. */
  readonly network: string;
  /** What people call it, such as `ResNet-20`. */
  readonly title: string;
  /** Size of the images, in pixels; three channels, R G B. */
  readonly input: ImageSize;
  readonly classes: number;
  readonly normalization: Normalization;
  /** Every tensor of the checkpoint that the nodes refer to, in the order of their use. */
  readonly parameters: readonly ParameterDescription[];
  /** In topological order. The first is the one input, the last one's value is the logits, `[classes]`. */
  readonly nodes: readonly NetworkNode[];
}

/** Height and width in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * What the network expects instead of bytes: `(byte / 255 - mean) / standardDeviation` for each of the channels R, G, B.
 *
 * The map `byte / 127.5 - 1` is mean 0.5 and standard deviation 0.5.
 */
export interface Normalization {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly standardDeviation: readonly [red: number, green: number, blue: number];
}

/** A tensor of the checkpoint, in PyTorch's layout. */
export interface ParameterDescription {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Zeros (for a maximum: minus infinity) around a feature map, in ONNX's order `[top, left, bottom, right]`. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

/** What every step has. */
export interface NodeBase {
  /** Unique; the name of the value that the node computes. */
  readonly name: string;
  /** Names of the values it computes from. */
  readonly inputs: readonly string[];
  /** The value's shape without the batch axis: `[channels, height, width]` or `[features]`. */
  readonly shape: readonly number[];
}

/** The normalised image, `[3, height, width]`. */
export interface InputNode extends NodeBase {
  readonly kind: "input";
}

/**
 * Cross-correlation; ONNX Conv. `weight` is `[out, in / groups, kernel height, kernel width]`, `bias` `[out]`. With as many groups
 * as input channels it is depthwise: output channel `c * multiplier + j` sees input channel `c` only.
 */
export interface ConvolutionNode extends NodeBase {
  readonly kind: "convolution";
  readonly weight: string;
  readonly bias?: string;
  readonly stride: number;
  readonly padding: Padding;
  readonly groups: number;
}

/** `(x - mean) / sqrt(variance + epsilon) * scale + offset` for each channel; ONNX BatchNormalization. All four are `[channels]`. */
export interface BatchNormalizationNode extends NodeBase {
  readonly kind: "batch-normalization";
  readonly scale: string;
  readonly offset: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

/** `max(x, 0)`, ONNX Relu; or `min(max(x, 0), 6)`, ONNX Clip. */
export interface ActivationNode extends NodeBase {
  readonly kind: "relu" | "relu6";
}

/** The sum of two values of one shape; ONNX Add. */
export interface AddNode extends NodeBase {
  readonly kind: "add";
}

/** Feature maps behind each other along the channel axis, in the order of the inputs; ONNX Concat with axis 1. */
export interface ConcatenateNode extends NodeBase {
  readonly kind: "concatenate";
}

/** The largest value of each square window; ONNX MaxPool with explicit pads and `ceil_mode` 0, whatever the source's rounding was. */
export interface MaxPoolNode extends NodeBase {
  readonly kind: "max-pool";
  readonly window: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** The mean of each square window, no padding; ONNX AveragePool. */
export interface AveragePoolNode extends NodeBase {
  readonly kind: "average-pool";
  readonly window: number;
  readonly stride: number;
}

/** The mean of each channel, `[channels, 1, 1]`; ONNX GlobalAveragePool. */
export interface GlobalAveragePoolNode extends NodeBase {
  readonly kind: "global-average-pool";
}

/** Rows and columns 0, `stride`, 2 `stride`, ...; ONNX Slice with steps on axes 2 and 3. */
export interface SubsampleNode extends NodeBase {
  readonly kind: "subsample";
  readonly stride: number;
}

/** Channels of zeros in front and behind; ONNX Pad on axis 1. */
export interface PadChannelsNode extends NodeBase {
  readonly kind: "pad-channels";
  readonly before: number;
  readonly after: number;
}

/** `[channels, height, width]` row-major as one vector: channel by channel; ONNX Flatten with axis 1. */
export interface FlattenNode extends NodeBase {
  readonly kind: "flatten";
}

/** `weight x + bias`; ONNX Gemm with transB 1. `weight` is `[out, in]`, `bias` `[out]`. */
export interface LinearNode extends NodeBase {
  readonly kind: "linear";
  readonly weight: string;
  readonly bias: string;
}

/** One step of a network. */
export type NetworkNode =
  | InputNode
  | ConvolutionNode
  | BatchNormalizationNode
  | ActivationNode
  | AddNode
  | ConcatenateNode
  | MaxPoolNode
  | AveragePoolNode
  | GlobalAveragePoolNode
  | SubsampleNode
  | PadChannelsNode
  | FlattenNode
  | LinearNode;
