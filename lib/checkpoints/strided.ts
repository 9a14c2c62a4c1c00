/** As many axes as PyTorch and NumPy allow. */
const maximalRank = 64;

/** A shape as it stands in a file, once it is known to be one. */
export function parseShape(value: unknown): readonly number[] {
  return parseWholeNumbers(value, "shape");
}

/** Whole numbers from 0, one per axis. */
export function parseWholeNumbers(value: unknown, what: string): readonly number[] {
  if (!Array.isArray(value) || !value.every((entry) => Number.isSafeInteger(entry) && entry >= 0)) {
    throw new SyntaxError(`the ${what} must be a list of whole numbers`);
  }
  if (value.length > maximalRank) {
    throw new SyntaxError(`the ${what} has ${value.length} axes: more than ${maximalRank}`);
  }
  return value;
}

/** The number of values of a shape; that of `[]` is 1. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  const count = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(count)) {
    throw new SyntaxError(`the shape [${shape.join(", ")}] has too many values`);
  }
  return count;
}

/** The strides of a row-major array. */
export function rowMajorStrides(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** A view into an array: the element `index` lies at `offset` + sum of `index[axis] * strides[axis]`. */
export interface StridedView {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * The packed row-major bytes of a strided view: a part of `bytes` itself where they lie so already, else a copy.
 *
 * @throws {SyntaxError} If the view reaches beyond the bytes.
 */
export function gatherStrided(bytes: Uint8Array, itemSize: number, view: StridedView): Uint8Array {
  const { offset, shape, strides } = view;
  if (strides.length !== shape.length) {
    throw new SyntaxError(`it has ${shape.length} axes but ${strides.length} strides`);
  }
  const size = elementCount(shape);
  if (size === 0) return new Uint8Array(0);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset);
  const stored = Math.floor(bytes.length / itemSize);
  if (last >= stored) {
    throw new SyntaxError(`it reaches value ${last} of a storage that holds ${stored}`);
  }
  if (isRowMajor(shape, strides)) {
    return bytes.subarray(offset * itemSize, (offset + size) * itemSize);
  }

  const packed = new Uint8Array(size * itemSize);
  const index = shape.map(() => 0);
  let from = offset * itemSize;
  for (let to = 0; to < packed.length;) {
    for (let byte = 0; byte < itemSize; byte++) packed[to++] = bytes[from + byte]!;
    // The next index, the last axis fastest, like an odometer.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]! * itemSize;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]! * itemSize;
      index[axis] = 0;
    }
  }
  return packed;
}

/** Axes of length 1 may have any stride. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const packed = rowMajorStrides(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === packed[axis]);
}
