import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { cifarResNet } from "./cifar_resnet.ts";
import { cifarResNetConvolutionShortcut } from "./cifar_resnet_convolution_shortcut.ts";
import type { NetworkDescription, Normalization } from "./description.ts";
import { imagenetResNet } from "./imagenet_resnet.ts";
import { mlp } from "./mlp.ts";
import { mobileNetV1 } from "./mobilenet_v1.ts";
import { mobileNetV2 } from "./mobilenet_v2.ts";
import { checkNormalization, parseNormalization } from "./normalization.ts";
import { squeezeNet } from "./squeezenet.ts";
import { wideResNet } from "./wide_resnet.ts";

/** Every architecture; to add one, write its file and name it here. */
const architectures: readonly Architecture[] = [
  cifarResNet,
  cifarResNetConvolutionShortcut,
  wideResNet,
  mobileNetV1,
  squeezeNet,
  imagenetResNet,
  mobileNetV2,
  mlp,
];

/** The architectures' names, for the option `network`. */
export const networkNames: readonly string[] = architectures.map(({ name }) => name);

/** How the names of single networks are written that the option `network` takes too, such as `resnet{6n+2}-cifar`. */
export const networkNameForms: readonly string[] = [
  ...new Set(architectures.flatMap(({ members }) => members?.form ?? [])),
];

/** Options of {@linkcode describeNetwork}. */
export interface DescribeOptions {
  /**
   * One of `networkNames`, or a name that tells depth or width too, as `networkNameForms` has them: `resnet20-cifar`, `wrn10-1`,
   * `squeezenet1.1`, `resnet18`, `mobilenet-v2-1.4`. The tensors are held to it.
   *
   * @default {the one whose tensors have such names}
   */
  readonly network?: string;
  /** What the network was trained with. @default {the checkpoint's metadata `normalization`, else what is usual for the architecture} */
  readonly normalization?: Normalization;
}

/**
 * Reads off a checkpoint which network it belongs to: depth, width and number of classes follow from the tensors' names and shapes.
 *
 * @throws {RangeError} If there is no network of the name `network`, or the normalization is not given and can't be told.
 * @throws {TypeError} If the tensors' names are of no known architecture, or one tensor is missing, has no place or has another shape;
 * the message has the first one's name, its shape and the shape it must have. Or the network has another depth or width than
 * `network` tells.
 * @throws {SyntaxError} If the checkpoint's metadata has a `normalization` that can't be read.
 *
 * @example A ResNet-8 of 4, 8 and 16 channels
 * ```ts
 * import { describeNetwork } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const tensors = new Map();
 * const add = (name: string, ...shape: number[]) =>
 *   tensors.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.1) });
 * const norm = (name: string, channels: number) =>
 *   ["weight", "bias", "running_mean", "running_var"].forEach((part) => add(`${name}.${part}`, channels));
 * add("conv1.weight", 4, 3, 3, 3);
 * norm("bn1", 4);
 * for (const [stage, from, to] of [[1, 4, 4], [2, 4, 8], [3, 8, 16]] as const) {
 *   add(`layer${stage}.0.conv1.weight`, to, from, 3, 3);
 *   norm(`layer${stage}.0.bn1`, to);
 *   add(`layer${stage}.0.conv2.weight`, to, to, 3, 3);
 *   norm(`layer${stage}.0.bn2`, to);
 * }
 * add("linear.weight", 10, 16);
 * add("linear.bias", 10);
 *
 * const network = describeNetwork({ tensors, metadata: {} });
 * assertEquals([network.title, network.classes], ["ResNet-8", 10]);
 * assertEquals(describeNetwork({ tensors, metadata: {} }, { network: "resnet8-cifar" }), network);
 * ```
 */
export function describeNetwork(
  checkpoint: Checkpoint,
  options: DescribeOptions = {},
): NetworkDescription {
  const { architecture, title } = options.network === undefined
    ? recognize(checkpoint)
    : findNetwork(options.network, checkpoint);
  const structure = architecture.describe(checkpoint);
  if (title !== undefined && title !== structure.title) {
    throw new TypeError(
      `Cannot use the checkpoint as ${options.network}: by its tensors it is ${structure.title}, not ${title}`,
    );
  }
  const note = checkpoint.metadata.normalization;
  const normalization = options.normalization !== undefined
    ? checkNormalization(options.normalization)
    : note !== undefined
    ? parseNormalization(note)
    : architecture.normalization(structure.classes);
  if (normalization === undefined) {
    throw new RangeError(
      `Cannot tell what the pixels of ${structure.title} with ${structure.classes} classes are normalized by: give the option normalization`,
    );
  }
  return { ...structure, normalization };
}

/** An architecture, and the title that the network must have if its name told. */
interface NamedNetwork {
  readonly architecture: Architecture;
  readonly title?: string;
}

function recognize(checkpoint: Checkpoint): NamedNetwork {
  const architecture = architectures.find((architecture) => architecture.matches(checkpoint));
  if (architecture) return { architecture };
  const [first] = checkpoint.tensors.keys();
  throw new TypeError(
    `Cannot tell which network the checkpoint belongs to: its ${checkpoint.tensors.size} tensors${
      first === undefined ? "" : `, ${first} first,`
    } are named as in none of ${networkNames.join(", ")}`,
  );
}

function findNetwork(name: string, checkpoint: Checkpoint): NamedNetwork {
  const architecture = architectures.find((architecture) => architecture.name === name);
  if (architecture) return { architecture };
  const candidates = architectures.flatMap((architecture) => {
    const { members } = architecture;
    const parts = members?.pattern.exec(name)?.slice(1);
    return members && parts ? [{ architecture, title: members.title(...parts) }] : [];
  });
  // Architectures may share a name: ResNets for CIFAR have shortcuts of two kinds.
  const found = candidates.find(({ architecture }) => architecture.matches(checkpoint)) ??
    candidates[0];
  if (found) return found;
  throw new RangeError(
    `Cannot find the network ${JSON.stringify(name)}: there are ${
      [...networkNames, ...networkNameForms].join(", ")
    }`,
  );
}
