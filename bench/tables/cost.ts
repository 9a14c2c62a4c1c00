import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { serializeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { decode } from "../../lib/codebooks/decode.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import { codedSize } from "../../lib/coding/coded_size.ts";
import { packBits, unpackBits } from "../../lib/coding/pack_bits.ts";
import { groupBounds } from "../../lib/compression/granularity.ts";
import type { QuantizedCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";
import {
  describeIfKnown,
  type NamedTensor,
  quantizableTensors,
} from "../../lib/compression/select_tensors.ts";
import { type StoredBytes, storedBytes } from "../../lib/compression/stored_bytes.ts";
import { bitOperations, type InferenceEnergy, inferenceEnergy } from "../../lib/metrics/energy.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { multiplyAdds } from "../../lib/networks/multiply_adds.ts";
import { designCodebook } from "../../lib/quantizers/methods.ts";
import type { Selection } from "../options.ts";
import { packedTensors } from "../packed_file.ts";
import type { Setting } from "../results.ts";
import { imagesOf, networkOf } from "../scene.ts";
import { costPage, costTitle } from "./cost_page.ts";
import { sum } from "./network_error.ts";
import { existsAt, settingsOf } from "./settings.ts";
import type { BenchTable, CellContext } from "./table.ts";

/** What a network takes, in bytes and joules; what depends on the machine is among the times. */
export interface Cost {
  /** With books as the numbers that they are made from. */
  readonly stored: StoredBytes;
  /** All of that, with the codes of each tensor Huffman-coded together; undefined without codes. */
  readonly huffman?: number;
  /** A safetensors file with packed codes, and the levels of books written out. */
  readonly file: number;
  /** That file compressed by gzip. */
  readonly gzip: number;
  /** Packed codes, levels and other tensors in memory. */
  readonly resident: number;
  /** All tensors in memory, their codes decoded. */
  readonly decoded: number;
  /** Of one image, where the architecture is known. */
  readonly inference?: InferenceCost;
}

/** What one image takes. */
export interface InferenceCost {
  readonly multiplyAdds: number;
  /** With activations of 32 bits. */
  readonly bitOperations: number;
  /** Of weights that are decoded to floats. */
  readonly energy: InferenceEnergy;
  /** In joules: of the arithmetic, if activations had 8 bits and codes were multiplied as integers; undefined where levels aren't equally spaced. */
  readonly integerArithmetic?: number;
}

/** Parts of a cell's time, in seconds: of a million weights, and of an image. */
export type CostPart = "design" | "encode" | "decode" | "image";

/** The width at which methods are compared, where it is asked for. */
const usualBits = 4;
/** How many images are classified at once, to tell how fast a network is. */
const trialImages = 16;
/** How often each part is measured at least, and how many seconds at least; the median counts. */
const leastRepeats = 5, leastSeconds = 0.05;

/** What quantized networks take: bytes, time and energy. */
export const costTable: BenchTable = {
  name: "cost",
  title: costTitle,
  module: import.meta.url,
  anyDataset: true,
  plan: ({ networks, selection }) => {
    // The size follows from the width; methods differ in time.
    const settings = settingsOf(selection, (method, bits) => bits === widthOf(method, selection))
      .filter(({ objective }) => objective === undefined);
    return networks.flatMap(({ record }) =>
      [undefined, ...settings].map((setting) => ({
        table: "cost",
        network: record.label,
        ...(setting === undefined ? {} : { setting }),
      }))
    );
  },
  // All tensors once, and the largest, which is a good part of them, again and again.
  estimate: ({ network, setting }, speed) =>
    setting === undefined ? 2 : 3 * speed.quantize(network, setting),

  async run({ network, setting }, context): Promise<Cost> {
    const checkpoint = await context.checkpoint(network);
    const description = describeIfKnown(checkpoint, {
      network: networkOf(context.scene, network).network,
    });
    if (setting === undefined) {
      await timeImages(network, context, checkpoint, description);
      return await costOf({ checkpoint }, description);
    }
    await timeQuantization(largestTensor(checkpoint), setting, context);
    const quantized = await context.quantize(network, setting);
    return await costOf({ checkpoint: quantized.checkpoint, quantized }, description);
  },

  page: costPage,
};

/** The one width at which a method is measured, of those that were asked for. */
function widthOf(method: string, { bits }: Selection): number | undefined {
  const widths = bits.filter((width) => existsAt(method, width));
  return widths.includes(usualBits) ? usualBits : widths[0];
}

async function costOf(
  { checkpoint, quantized }: {
    readonly checkpoint: Checkpoint;
    readonly quantized?: QuantizedCheckpoint;
  },
  description: NetworkDescription | undefined,
): Promise<Cost> {
  const stored = storedBytes(checkpoint, quantized);
  const packed = quantized === undefined ? checkpoint : packedTensors(quantized);
  const file = serializeSafetensors(packed);
  const resident = sum(packed.tensors.values(), ({ data }) => data.byteLength);
  return {
    stored,
    ...(quantized !== undefined && {
      huffman: stored.total - stored.payload + sum(quantized.quantized.values(), huffmanBytes),
    }),
    file: file.length,
    gzip: await gzippedSize(file),
    resident,
    decoded: sum(checkpoint.tensors.values(), ({ data }) => data.byteLength),
    ...(description !== undefined && {
      inference: inferenceCost(multiplyAdds(description), resident, quantized),
    }),
  };
}

function inferenceCost(
  multiplyAdds: number,
  weightBytes: number,
  quantized: QuantizedCheckpoint | undefined,
): InferenceCost {
  const books = [...quantized?.quantized.values() ?? []].flatMap(({ books }) => books);
  const weightBits = quantized?.layers[0]?.bits ?? 32;
  const isInteger = weightBits <= 8 && books.every(({ design }) => design.step !== undefined);
  const work = { multiplyAdds, weightBytes };
  return {
    multiplyAdds,
    bitOperations: bitOperations({ multiplyAdds, weightBits, activationBits: 32 }),
    energy: inferenceEnergy(work),
    ...(isInteger && {
      integerArithmetic: inferenceEnergy({ ...work, arithmetic: "int8" }).arithmetic,
    }),
  };
}

/** What the codes of a tensor fill with one Huffman code for all of them, and its table. */
function huffmanBytes({ codes, books }: QuantizedTensor): number {
  const levels = Math.max(...books.map(({ levels }) => levels.length));
  const { payloadBits, tableBits } = codedSize(codes, levels);
  return Math.ceil((payloadBits + tableBits) / 8);
}

async function gzippedSize(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

function largestTensor(checkpoint: Checkpoint): NamedTensor[1] {
  return quantizableTensors(checkpoint).map(([, tensor]) => tensor)
    .reduce((largest, tensor) => tensor.data.length > largest.data.length ? tensor : largest);
}

/** Times the design of a tensor's books, the way from weights to packed codes, and that back. */
async function timeQuantization(
  { shape, data }: NamedTensor[1],
  { method, bits, granularity }: Setting,
  context: CellContext,
): Promise<void> {
  const bounds = groupBounds(shape, { granularity });
  const groups = Array.from(
    { length: bounds.length - 1 },
    (_, i) => data.subarray(bounds[i]!, bounds[i + 1]!),
  );
  const design = () => groups.map((group) => designCodebook(group, { method, bits }));
  const books = design();
  const pack = () => groups.map((group, i) => packBits(encode(group, books[i]!), books[i]!.bits));
  const packed = pack();
  const unpack = () =>
    groups.map(({ length }, i) =>
      decode(unpackBits(packed[i]!, books[i]!.bits, length), books[i]!)
    );
  const parts: readonly [CostPart, () => unknown][] = [
    ["design", design],
    ["encode", pack],
    ["decode", unpack],
  ];
  for (const [part, work] of parts) {
    context.time(part, await medianSeconds(work) * 1e6 / data.length);
  }
}

/** Times an image, where there are images for the network; its weights are floats then, however they are stored. */
async function timeImages(
  network: string,
  { scene, images, time }: CellContext,
  { tensors }: Checkpoint,
  description: NetworkDescription | undefined,
): Promise<void> {
  const set = imagesOf(scene, network);
  if (set === undefined || description === undefined) return;
  const source = await images(set.record.name);
  const size = Math.min(trialImages, source.size);
  const pixels = await source.read(0, size);
  // Loaded here, as cells without images need not wait for TensorFlow.js.
  const { openPredictor } = await import("../../lib/networks/predictor.ts");
  const { backend } = scene.selection;
  const predictor = await openPredictor(description, tensors, { backend });
  try {
    const part: CostPart = "image";
    time(part, await medianSeconds(() => predictor.predict(pixels, size)) / size);
  } finally {
    predictor.close();
  }
}

/** How long a call takes; the first one, which may compile the kernels, isn't counted. */
async function medianSeconds(work: () => unknown): Promise<number> {
  await work();
  const measured: number[] = [];
  for (let total = 0; measured.length < leastRepeats || total < leastSeconds;) {
    const start = performance.now();
    await work();
    const seconds = (performance.now() - start) / 1000;
    measured.push(seconds);
    total += seconds;
  }
  return measured.sort((a, b) => a - b)[measured.length >> 1]!;
}
