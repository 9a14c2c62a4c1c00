import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

/**
 * Values like the weights of a trained layer: half of them Gaussian, half Laplace of the same deviation, so that neither law is the true
 * one.
 */
export function bellShapedWeights(size: number, seed: number): Float32Array {
  const prng = createPrng(seed);
  const values = new Float32Array(size);
  const chunk = 1 << 20;
  const laws = [
    gaussian({ mean: 0, standardDeviation: 0.02 }),
    laplace({ location: 0, scale: 0.02 / Math.SQRT2 }),
  ];
  for (let start = 0; start < size; start += chunk) {
    const length = Math.min(chunk, size - start);
    const [first, second] = laws.map((law) => law.sample(length, { prng }));
    for (let i = 0; i < length; i++) values[start + i] = (prng() < 0.5 ? first : second)![i]!;
  }
  return values;
}

/** The number of weights in each of the 54 convolutions and linear layers of ResNet-50. */
export function resNet50Sizes(): number[] {
  const sizes = [64 * 3 * 49];
  let input = 64;
  for (const [width, blocks] of [[64, 3], [128, 4], [256, 6], [512, 3]] as const) {
    for (let block = 0; block < blocks; block++) {
      sizes.push(width * input, width * width * 9, 4 * width * width);
      // The first block of a stage changes the width of its shortcut too.
      if (block === 0) sizes.push(4 * width * input);
      input = 4 * width;
    }
  }
  return [...sizes, 1000 * input];
}
