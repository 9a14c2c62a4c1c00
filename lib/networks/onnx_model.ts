import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { assertValues } from "./assert_values.ts";
import type { NetworkDescription, NetworkNode, Normalization } from "./description.ts";
import { type DescribedTensors, foldBatchNorm, parametersOf, valuesOf } from "./fold_batch_norm.ts";
import {
  elementTypes,
  encodeModel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "./onnx_proto.ts";

/** Options of {@linkcode onnxModel}. */
export interface OnnxModelOptions {
  /** Whether batch norms are folded into the convolutions before them; see {@linkcode foldBatchNorm}. @default {true} */
  readonly foldBatchNorm?: boolean;
  /**
   * What goes in: `"normalized"` float32 values `[N, 3, height, width]`, or `"bytes"` R G B as images have them,
   * `[N, height, width, 3]`, which the model normalizes itself. @default {"normalized"}
   */
  readonly input?: "normalized" | "bytes";
  /** Further texts for the model's `metadata_props`, such as the method and its bits, beside `network`, `classes` and `normalization`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The oldest in which every program takes a batch norm for one that doesn't train, and the representation of its time. */
const opset = 15, irVersion = 8;

/** `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/**
 * Writes a network as ONNX: the bytes of an .onnx file, for onnxruntime and whatever else reads it.
 *
 * Opset 15, IR version 8. The input is named `input`, the output `logits`, `[N, classes]`; N is any number of images. The weights are
 * initializers with the names and the values that `tensors` has, quantized or not: float32 in either case. Folding batch norms multiplies
 * the weights of a channel by a factor, so leave them unfolded to find a codebook's levels in the file. The metadata has the
 * architecture (`network`), the number of `classes`, and the `normalization` as "mean R G B std R G B", of bytes divided by 255.
 *
 * O(n) in the number of weights. ONNX IR and operators: https://onnx.ai/onnx/repo-docs/IR.html.
 *
 * @throws {TypeError} If a tensor is missing, or its data disagree with its shape.
 * @throws {RangeError} If a tensor has a value that is not finite, a batch norm a negative variance, or `input` is no such option.
 *
 * @example
 * ```ts
 * import { quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, onnxModel } from "@bitbell/bitbell/networks";
 * import { assert } from "@std/assert";
 *
 * const float = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const { checkpoint } = await quantizeCheckpoint(float, { method: "ks-lloyd-max", bits: 4 });
 * const model = onnxModel(describeNetwork(checkpoint), checkpoint.tensors, {
 *   foldBatchNorm: false,
 *   metadata: { quantization: "ks-lloyd-max, 4 bits" },
 * });
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await Deno.writeFile(path, model);
 *
 * // The quantized weights are in the file, bit by bit.
 * const textOf = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
 * const { buffer, byteOffset, byteLength } = checkpoint.tensors.get("layer2.0.conv1.weight")!.data;
 * const weights = new Uint8Array(buffer, byteOffset, byteLength);
 * assert(textOf(await Deno.readFile(path)).includes(textOf(weights)));
 * ```
 */
export function onnxModel(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  options: OnnxModelOptions = {},
): Uint8Array<ArrayBuffer> {
  const { foldBatchNorm: fold = true, input = "normalized", metadata = {} } = options;
  if (input !== "normalized" && input !== "bytes") {
    throw new RangeError(
      `Cannot write ${description.title} as ONNX as input must be normalized or bytes: current value is ${input}`,
    );
  }
  assertValues(description, tensors);
  const network = fold ? foldBatchNorm(description, tensors) : { description, tensors };
  const { title, classes } = description;
  const { mean, standardDeviation } = description.normalization;
  const properties = {
    ...metadata,
    network: description.network,
    classes: `${classes}`,
    normalization: `mean ${mean.join(" ")} std ${standardDeviation.join(" ")}`,
  };
  return encodeModel({
    irVersion,
    producerName: "bitbell",
    opsetImport: [{ domain: "", version: opset }],
    docString: `${title}, ${classes} classes`,
    metadataProps: Object.entries(properties).map(([key, value]) => ({ key, value })),
    graph: writeGraph(network, input),
  });
}

/** An operator of ONNX, but for what goes in and out. */
interface Operator {
  readonly opType: string;
  readonly attributes?: readonly OnnxAttribute[];
  /** The inputs after the values and the weights, by a word for their names. */
  readonly constants?: Readonly<Record<string, Constant>>;
}

/** A small array that is no weight. */
interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

function writeGraph(
  { description, tensors }: DescribedTensors,
  input: "normalized" | "bytes",
): OnnxGraph {
  const { title, parameters, nodes, classes, normalization, input: { height, width } } =
    description;
  // Weights, values and constants share one space of names.
  const unique = uniqueNames(["input", "logits"]);
  const weights = new Map(parameters.map(({ name }) => [name, unique(name)]));
  const values = new Map<string, string>();
  const written: OnnxNode[] = [];
  const initializers = parameters.map(({ name, shape }) =>
    initializer(weights.get(name)!, { shape, data: valuesOf(tensors, name) })
  );

  const add = (name: string, inputs: readonly string[], operator: Operator, output: string) => {
    const constants = Object.entries(operator.constants ?? {}).map(([word, constant]) => {
      const tensor = initializer(unique(`${name}.${word}`), constant);
      initializers.push(tensor);
      return tensor.name;
    });
    written.push({
      name,
      opType: operator.opType,
      input: [...inputs, ...constants],
      output: [output],
      attribute: operator.attributes ?? [],
    });
    return output;
  };

  for (const node of nodes) {
    if (node.kind === "input") {
      let value = "input";
      if (input === "bytes") {
        for (const step of normalizingOperators(normalization)) {
          const name = `${node.name}.${step.opType}`;
          value = add(name, [value], step, unique(name));
        }
      }
      values.set(node.name, value);
      continue;
    }
    const inputs = [
      ...node.inputs.map((name) => values.get(name)!),
      ...parametersOf(node).map((name) => weights.get(name)!),
    ];
    const output = node === nodes.at(-1) ? "logits" : unique(node.name);
    values.set(node.name, add(node.name, inputs, operatorOf(node, tensors), output));
  }

  const images = input === "bytes"
    ? batchOf("input", elementTypes.uint8, [height, width, 3])
    : batchOf("input", elementTypes.float, [3, height, width]);
  return {
    name: title,
    node: written,
    initializer: initializers,
    input: [images],
    output: [batchOf("logits", elementTypes.float, [classes])],
  };
}

/** Weights come after the values that a node computes from, in the order of `parametersOf`, which is ONNX's. */
function operatorOf(
  node: Exclude<NetworkNode, { kind: "input" }>,
  tensors: Checkpoint["tensors"],
): Operator {
  switch (node.kind) {
    case "convolution":
      return {
        opType: "Conv",
        attributes: [
          ints("kernel_shape", tensors.get(node.weight)!.shape.slice(2)),
          ints("strides", [node.stride, node.stride]),
          ints("pads", node.padding),
          int("group", node.groups),
        ],
      };
    case "batch-normalization":
      return { opType: "BatchNormalization", attributes: [float("epsilon", node.epsilon)] };
    case "relu":
      return { opType: "Relu" };
    case "relu6":
      return { opType: "Clip", constants: { min: floats([], [0]), max: floats([], [6]) } };
    case "add":
      return { opType: "Add" };
    case "concatenate":
      return { opType: "Concat", attributes: [int("axis", 1)] };
    case "max-pool":
      return {
        opType: "MaxPool",
        attributes: [
          ints("kernel_shape", [node.window, node.window]),
          ints("strides", [node.stride, node.stride]),
          ints("pads", node.padding),
        ],
      };
    case "average-pool":
      return {
        opType: "AveragePool",
        attributes: [
          ints("kernel_shape", [node.window, node.window]),
          ints("strides", [node.stride, node.stride]),
        ],
      };
    case "global-average-pool":
      return { opType: "GlobalAveragePool" };
    case "subsample":
      return {
        opType: "Slice",
        constants: {
          starts: integers([0, 0]),
          // Past the end of any axis: up to the end.
          ends: integers([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
          axes: integers([2, 3]),
          steps: integers([node.stride, node.stride]),
        },
      };
    case "pad-channels":
      return {
        opType: "Pad",
        constants: { pads: integers([0, node.before, 0, 0, 0, node.after, 0, 0]) },
      };
    case "flatten":
      return { opType: "Flatten", attributes: [int("axis", 1)] };
    case "linear":
      return { opType: "Gemm", attributes: [int("transB", 1)] };
  }
}

/** From bytes `[N, height, width, 3]` to normalized values `[N, 3, height, width]`. */
function normalizingOperators({ mean, standardDeviation }: Normalization): readonly Operator[] {
  const factors = standardDeviation.map((spread) => 1 / (255 * spread));
  const summands = mean.map((centre, channel) => -centre / standardDeviation[channel]!);
  return [
    { opType: "Transpose", attributes: [ints("perm", [0, 3, 1, 2])] },
    { opType: "Cast", attributes: [int("to", elementTypes.float)] },
    { opType: "Mul", constants: { factors: floats([3, 1, 1], factors) } },
    { opType: "Add", constants: { summands: floats([3, 1, 1], summands) } },
  ];
}

/** Makes names that none has yet. */
function uniqueNames(reserved: readonly string[]): (wish: string) => string {
  const taken = new Set(reserved);
  return (wish) => {
    let name = wish;
    while (taken.has(name)) name += "_";
    taken.add(name);
    return name;
  };
}

function initializer(name: string, { shape, data }: Constant): OnnxTensor {
  return {
    name,
    dims: shape,
    dataType: data instanceof Float32Array ? elementTypes.float : elementTypes.int64,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function floats(shape: readonly number[], values: readonly number[]): Constant {
  return { shape, data: Float32Array.from(values) };
}

function integers(values: readonly number[]): Constant {
  return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

function int(name: string, i: number): OnnxAttribute {
  return { name, type: attributeTypes.int, i };
}

function ints(name: string, values: readonly number[]): OnnxAttribute {
  return { name, type: attributeTypes.ints, ints: values };
}

function float(name: string, f: number): OnnxAttribute {
  return { name, type: attributeTypes.float, f };
}

/** An array for each of any number of images. */
function batchOf(name: string, elemType: number, shape: readonly number[]): OnnxValue {
  const dim = [{ dimParam: "N" }, ...shape.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
