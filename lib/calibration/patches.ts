import type {
  ConvolutionNode,
  LinearNode,
  NetworkDescription,
  Padding,
} from "../networks/description.ts";

/** A convolution or a linear layer. */
export type LayerNode = ConvolutionNode | LinearNode;

/** Where a layer's weights see its input. A linear layer is a convolution of one pixel. */
export interface PatchGeometry {
  /** Of the input, as stored: `[height, width, channels]`. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly groups: number;
  readonly outputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** The geometry of a layer. */
export function patchGeometry(
  { nodes, parameters }: NetworkDescription,
  node: LayerNode,
): PatchGeometry {
  const input = nodes.find(({ name }) => name === node.inputs[0])!.shape;
  const weight = parameters.find(({ name }) => name === node.weight)!.shape;
  const [channels = 1, height = 1, width = 1] = input;
  const [outputChannels = 1, outputHeight = 1, outputWidth = 1] = node.shape;
  const [, , kernelHeight = 1, kernelWidth = 1] = weight;
  const { stride, padding, groups } = node.kind === "convolution"
    ? node
    : { stride: 1, padding: [0, 0, 0, 0] as const, groups: 1 };
  return {
    height,
    width,
    channels,
    kernelHeight,
    kernelWidth,
    stride,
    padding,
    groups,
    outputChannels,
    outputHeight,
    outputWidth,
  };
}

/** The number of inputs that one output sees. */
export function patchSize({ channels, groups, kernelHeight, kernelWidth }: PatchGeometry): number {
  return (channels / groups) * kernelHeight * kernelWidth;
}

/**
 * Writes what one output position's weights see: its patch of the image in the order of a weight's axes, `[channels / groups,
 * kernel height, kernel width]`, zeros where it reaches over the edge.
 *
 * @param images Of the network's order, `[size, height, width, channels]`.
 * @param position `y * outputWidth + x`, of the output.
 * @param at Where in `out` to write.
 */
export function writePatch(
  images: Float32Array,
  image: number,
  position: number,
  group: number,
  geometry: PatchGeometry,
  out: Float32Array,
  at: number,
): void {
  const { height, width, channels, groups, kernelHeight, kernelWidth, stride, padding } = geometry;
  const perGroup = channels / groups;
  const [top, left] = padding;
  const x0 = (position % geometry.outputWidth) * stride - left;
  const y0 = Math.floor(position / geometry.outputWidth) * stride - top;
  const area = kernelHeight * kernelWidth;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const y = y0 + ky, x = x0 + kx;
      const to = at + ky * kernelWidth + kx;
      if (y < 0 || y >= height || x < 0 || x >= width) {
        for (let c = 0; c < perGroup; c++) out[to + c * area] = 0;
        continue;
      }
      const from = ((image * height + y) * width + x) * channels + group * perGroup;
      for (let c = 0; c < perGroup; c++) out[to + c * area] = images[from + c]!;
    }
  }
}
