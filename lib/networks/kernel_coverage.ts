import type { ConvolutionNode } from "./description.ts";

/**
 * For each tap of a convolution's kernel, `[kernel height, kernel width]` row by row, the share of the output positions at which it
 * meets the map and not its padding: 1 everywhere without padding.
 *
 * So the mean of the outputs over all positions is `sum over taps of weight * coverage * mean of the inputs`, where those don't depend on
 * the position. O(kernel * output side).
 */
export function kernelCoverage(
  { padding: [top, left], stride, shape }: ConvolutionNode,
  inputShape: readonly number[],
  kernel: readonly [height: number, width: number],
): Float64Array {
  const [, height, width] = inputShape as readonly [number, number, number];
  const [, rows, columns] = shape as readonly [number, number, number];
  const vertical = axisCoverage(kernel[0], rows, stride, top, height);
  const horizontal = axisCoverage(kernel[1], columns, stride, left, width);
  return Float64Array.from(
    { length: kernel[0] * kernel[1] },
    (_, tap) => vertical[Math.floor(tap / kernel[1])]! * horizontal[tap % kernel[1]]!,
  );
}

function axisCoverage(
  taps: number,
  outputs: number,
  stride: number,
  before: number,
  inputs: number,
): readonly number[] {
  return Array.from({ length: taps }, (_, tap) => {
    let inside = 0;
    for (let output = 0; output < outputs; output++) {
      const input = output * stride - before + tap;
      if (input >= 0 && input < inputs) inside++;
    }
    return inside / outputs;
  });
}
