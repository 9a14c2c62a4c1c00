import { selectDistribution, type Selection } from "../goodness/select_distribution.ts";

/** A selection, and a digest of the values that it was made for. */
interface Remembered {
  readonly digest: string;
  readonly selection: Selection;
}

/** By the array itself, so that it is forgotten with it. */
const remembered = new WeakMap<Float32Array, Remembered>();

/**
 * `selectDistribution` of the Gaussian and the Laplace law by the KS statistic, computed once for each array: methods and widths are compared on
 * the same weights, and ranking takes longer than most of them. An array whose values were changed since is ranked anew.
 */
export function rankLaws(weights: Float32Array): Selection {
  const digest = digestOf(weights);
  const known = remembered.get(weights);
  if (known?.digest === digest) return known.selection;
  const selection = selectDistribution(weights);
  remembered.set(weights, { digest, selection });
  return selection;
}

/** 64 bits of the values' bits, by two multiplicative hashes. */
function digestOf({ buffer, byteOffset, length }: Float32Array): string {
  const words = new Int32Array(buffer, byteOffset, length);
  let first = 0x811c9dc5, second = length;
  for (let i = 0; i < length; i++) {
    first = Math.imul(first ^ words[i]!, 0x01000193);
    second = Math.imul(second + words[i]!, 0x9e3779b1) ^ (second >>> 15);
  }
  return `${first}:${second}`;
}
