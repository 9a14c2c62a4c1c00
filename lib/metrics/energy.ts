/**
 * What operations take in a 45 nm process at 0.9 V, in picojoules: "rough energy costs" after M. Horowitz, "Computing's energy problem
 * (and what we can do about it)", ISSCC 2014, pages 10 to 14, doi 10.1109/ISSCC.2014.6757323.
 *
 * The paper itself was out of reach; the figures stand here as works that cite it give them.
 */
export const energyConstants = {
  /** Of two floats of 32 bits. */
  float32: { multiply: 3.7, add: 0.9 },
  /** Of two 8-bit integers, whose products are summed in 32 bits. */
  int8: { multiply: 0.2, add: 0.1 },
  /** Of 64 bits from a memory of 8 KiB on the chip: larger ones take more, 100 for 1 MiB. */
  sramAccess: 10,
  /** Of 64 bits from memory beside the chip: from, to. */
  dramAccess: [1300, 2600],
} as const;

/** What multiplies: floats of 32 bits, or 8-bit integers whose products are summed in 32 bits. */
export type Arithmetic = "float32" | "int8";

/** What {@linkcode inferenceEnergy} estimates from. */
export interface InferenceWork {
  /** Multiply-adds for one image, such as `multiplyAdds` counts them. */
  readonly multiplyAdds: number;
  /** How much memory the weights take, in bytes: it is read once for each image. */
  readonly weightBytes: number;
  /** @default {"float32"} */
  readonly arithmetic?: Arithmetic;
}

/** Estimated energy for one image, in joules. */
export interface InferenceEnergy {
  /** Of the multiply-adds. */
  readonly arithmetic: number;
  /** Of reading the weights from memory beside the chip: the least and the most. */
  readonly dram: readonly [least: number, most: number];
  /** Of reading the weights from small memories on the chip instead. */
  readonly sram: number;
}

/**
 * A rough estimate of the energy that a network takes for one image, by {@linkcode energyConstants}:
 * `multiplyAdds (multiply + add)` for the arithmetic, and `8 weightBytes / 64` accesses to memory.
 *
 * It leaves out all else: activations, which are written and read too, instructions and their control, leakage, decoding codes to levels (a table
 * look-up for each weight), and batches, for which weights are read once for many images. Weights that are decoded to floats are multiplied as
 * such, however few bits they are stored in: then only reading them takes less. 8-bit arithmetic needs levels that are multiples of a step, and activations of
 * 8 bits.
 *
 * @throws {RangeError} If a number isn't finite or is negative, or there is no such arithmetic.
 *
 * @example A million multiply-adds, and weights of 64 kB
 * ```ts
 * import { inferenceEnergy } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { arithmetic, dram, sram } = inferenceEnergy({ multiplyAdds: 1e6, weightBytes: 64_000 });
 * assertAlmostEquals(arithmetic, 4.6e-6, 1e-12);
 * assertAlmostEquals(dram[0], 10.4e-6, 1e-12);
 * assertAlmostEquals(sram, 0.08e-6, 1e-12);
 * ```
 */
export function inferenceEnergy(
  { multiplyAdds, weightBytes, arithmetic = "float32" }: InferenceWork,
): InferenceEnergy {
  assertAmounts("estimate energy", { multiplyAdds, weightBytes });
  if (arithmetic !== "float32" && arithmetic !== "int8") {
    throw new RangeError(
      `Cannot estimate energy as arithmetic must be float32 or int8: current value is ${arithmetic}`,
    );
  }
  const { multiply, add } = energyConstants[arithmetic];
  const { sramAccess, dramAccess: [least, most] } = energyConstants;
  const accesses = weightBytes / 8;
  return {
    arithmetic: joules(multiplyAdds * (multiply + add)),
    dram: [joules(accesses * least), joules(accesses * most)],
    sram: joules(accesses * sramAccess),
  };
}

/**
 * Bit operations of multiply-adds: one for each bit of a weight and each bit of an activation, as a multiplier of integers has that many partial
 * products. Additions are not counted. A measure that is used to compare networks, not one of energy: floats are taken for integers of 32 bits.
 *
 * @throws {RangeError} If a number isn't finite or is negative.
 *
 * @example
 * ```ts
 * import { bitOperations } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(bitOperations({ multiplyAdds: 1e6, weightBits: 4, activationBits: 32 }), 128e6);
 * ```
 */
export function bitOperations(
  { multiplyAdds, weightBits, activationBits }: {
    readonly multiplyAdds: number;
    readonly weightBits: number;
    readonly activationBits: number;
  },
): number {
  assertAmounts("count bit operations", { multiplyAdds, weightBits, activationBits });
  return multiplyAdds * weightBits * activationBits;
}

function joules(picojoules: number): number {
  return picojoules / 1e12;
}

function assertAmounts(action: string, amounts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(amounts)) {
    if (value >= 0 && value < Infinity) continue;
    throw new RangeError(
      `Cannot ${action} as ${name} must be finite and not negative: current value is ${value}`,
    );
  }
}
