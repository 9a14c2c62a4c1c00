/** A binary floating-point format with gradual underflow. Its infinities and what isn't a number are no levels. */
export interface FloatFormat {
  /** Bits of the exponent and of the fraction. */
  readonly exponentBits: number;
  readonly fractionBits: number;
  /** What the exponent's field exceeds the exponent by. */
  readonly bias: number;
  /** The largest finite value. */
  readonly largest: number;
}

/** All finite values of a format, ascending; zero once. */
export function finiteValues(format: FloatFormat): Float64Array {
  const magnitudes = finiteMagnitudes(format);
  const negative = magnitudes.subarray(1).map((value) => -value).reverse();
  const values = new Float64Array(negative.length + magnitudes.length);
  values.set(negative);
  values.set(magnitudes, negative.length);
  return values;
}

/** Zero and the positive finite values of a format, ascending. */
export function finiteMagnitudes(format: FloatFormat): Float64Array {
  const { exponentBits, fractionBits, bias, largest } = format;
  const fractions = 2 ** fractionBits;
  // The codes of the positive values are in their order.
  return Float64Array.from({ length: 2 ** exponentBits * fractions }, (_, code) => {
    const field = Math.floor(code / fractions), fraction = (code % fractions) / fractions;
    return field === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (field - bias);
  }).filter((value) => value <= largest);
}
