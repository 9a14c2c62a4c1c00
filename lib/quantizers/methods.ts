import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import type { MethodDescription, QuantizerMethod } from "./method.ts";
import { methodTable } from "./method_table.ts";

/**
 * The names of all methods that {@linkcode designCodebook} knows.
 *
 * @example
 * ```ts
 * import { quantizerMethods } from "@bitbell/bitbell";
 * import { assert } from "@std/assert";
 *
 * assert(quantizerMethods.includes("ks-lloyd-max"));
 * ```
 */
export const quantizerMethods: readonly string[] = Object.keys(methodTable);

/**
 * What there is to know of a method: where its levels come from, its widths, its source.
 *
 * @throws {RangeError} If there is no such method: the error lists those that there are.
 *
 * @example The methods whose books take at most four numbers, at 4 bits
 * ```ts
 * import { describeMethod, quantizerMethods } from "@bitbell/bitbell";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const analytic = quantizerMethods.map(describeMethod).filter((method) => {
 *   const [least, most] = method.bits;
 *   return method.analytic && least <= 4 && 4 <= most;
 * });
 * assert(analytic.some(({ name }) => name === "aciq"));
 * assertEquals(analytic.some(({ name }) => name === "k-means"), false);
 * ```
 */
export function describeMethod(name: string): MethodDescription {
  const { kind, bits, analytic, importance = false, summary, source } = findMethod(name);
  return { name, kind, bits, analytic, importance, summary, source };
}

/** Options for {@linkcode designCodebook}. */
export interface DesignOptions {
  /** One of `quantizerMethods`. */
  readonly method: string;
  /** Code width, an integer in [1, 16] that the method exists for, of entropy-constrained the rate; may be left out where there is but one. */
  readonly bits?: number;
  /** Seeds the random numbers of methods that draw some. */
  readonly seed?: number;
  /** How much each value's squared error counts, non-negative, for methods that take it. All count alike by default. */
  readonly importance?: Sample;
}

/**
 * Designs a codebook for a sample by the named method; {@linkcode describeMethod} says what each one is.
 *
 * A sample of one repeated value gets a book of that one level, whatever the method.
 *
 * @throws {TypeError} If the number of importances is another than that of the values.
 * @throws {RangeError} If the method is unknown or takes no importance that is given, bits is out of [1, 16] or none of the method's
 * widths, the sample is empty or not finite, or an importance is negative or not finite. Some methods refuse more: those of a law a
 * sample whose scale is below 1e-150, far below that of any float32; k-means-exact more than 2,048 levels with more than 2^23 pairs of a value and a level.
 *
 * @example
 * ```ts
 * import { designCodebook } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = designCodebook([-0.3, -0.1, 0, 0.1, 0.4], { method: "ks-lloyd-max", bits: 2 });
 * assertEquals(codebook.levels.length, 4);
 * ```
 */
export function designCodebook(sample: Sample, options: DesignOptions): Codebook {
  const { method, importance } = options;
  const bits = widthOf(options);
  const { design } = findMethod(method);
  if (importance !== undefined && !describeMethod(method).importance) {
    const able = quantizerMethods.filter((name) => describeMethod(name).importance);
    throw new RangeError(
      `Cannot design a codebook with importance as method must be one of ${
        able.join(", ")
      }: current value is ${method}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const codebook = lower === upper && importance === undefined
    ? createCodebook([lower], { method, storedValues: 1 })
    : design(sample, { ...options, bits });
  return { ...codebook, design: { ...codebook.design, method } };
}

/**
 * The code width that options ask for: the method's only one, where it is left out.
 *
 * @throws {RangeError} If there is no such method, or it doesn't exist for that width.
 */
export function widthOf({ method, bits }: Pick<DesignOptions, "method" | "bits">): number {
  const [least, most] = findMethod(method).bits;
  if (bits === undefined && least === most) return least;
  levelCount({ bits: bits! });
  if (bits! >= least && bits! <= most) return bits!;
  throw new RangeError(
    `Cannot design a codebook as bits of ${method} must be ${
      least === most ? least : `in [${least}, ${most}]`
    }: current value is ${bits}`,
  );
}

function findMethod(name: string): QuantizerMethod {
  if (Object.hasOwn(methodTable, name)) return methodTable[name]!;
  throw new RangeError(
    `Cannot design a codebook as method must be one of ${
      quantizerMethods.join(", ")
    }: current value is ${name}`,
  );
}
