import type { Checkpoint, Tensor } from "../lib/checkpoints/checkpoint.ts";
import { packBits } from "../lib/coding/pack_bits.ts";
import type { QuantizedCheckpoint } from "../lib/compression/quantize_checkpoint.ts";
import type { QuantizedTensor } from "../lib/compression/quantized_tensor.ts";

/**
 * The tensors of a file that holds a quantized checkpoint and needs no method to be read: of each quantized tensor its packed codes,
 * `NAME.codes`, and the levels of its books, `NAME.levels`, as float32, `[books, levels]`; all others as they are. The metadata hold the shapes.
 *
 * @throws {RangeError} If a tensor has scales and offsets besides its books.
 */
export function packedTensors({ checkpoint, quantized }: QuantizedCheckpoint): Checkpoint {
  const tensors = new Map<string, Tensor>();
  const shapes: Record<string, string> = {};
  for (const [name, tensor] of checkpoint.tensors) {
    const coded = quantized.get(name);
    if (coded === undefined) {
      tensors.set(name, tensor);
      continue;
    }
    const { codes, levels } = packTensor(name, coded);
    tensors.set(`${name}.levels`, levels);
    tensors.set(`${name}.codes`, codes);
    shapes[name] = coded.shape.join(" ");
  }
  return { tensors, metadata: shapes };
}

function packTensor(
  name: string,
  { codes, books, affine }: QuantizedTensor,
): { readonly codes: Tensor; readonly levels: Tensor } {
  if (affine !== undefined) {
    throw new RangeError(`Cannot pack tensor ${name} as books must be all: it has scales too`);
  }
  const bits = Math.max(...books.map(({ bits }) => bits));
  const count = Math.max(...books.map(({ levels }) => levels.length));
  const levels = new Float32Array(books.length * count);
  // A book of fewer levels leaves the end of its row at zero, which no code refers to.
  books.forEach((book, i) => levels.set(book.levels, i * count));
  const packed = packBits(codes, bits);
  return {
    codes: { shape: [packed.length], data: packed },
    levels: { shape: [books.length, count], data: levels },
  };
}
