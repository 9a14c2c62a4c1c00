/**
 * A table that tells how many thresholds lie at or below a value, exactly, for any ascending thresholds.
 *
 * A value has a key that never falls when the value rises. So all thresholds with a lower key lie below the value and all with a higher key
 * above it; only those with the same key need comparisons. The table holds the number with lower keys. The others are halved without
 * branches, by as many comparisons for every value: one, where the keys keep the thresholds apart.
 */
export interface ThresholdTable {
  readonly keys: Keys;
  /** How many thresholds have a lower key, by key. */
  readonly below: Uint16Array;
  /** The thresholds, and enough NaN behind them that no comparison leaves the array. */
  readonly thresholds: Float64Array;
  /** How many thresholds the first comparison passes over: a power of two. */
  readonly stride: number;
}

/** How a value becomes a key: `(bits of a float32 - origin) >>> shift`, where the float32 is the rounded value or its place in a range. */
export interface Keys {
  /** The range that is mapped to [1, 2], for keys of equal width; without one, their width grows with the magnitude. */
  readonly range: readonly [lower: number, upper: number] | undefined;
  readonly origin: number;
  readonly shift: number;
  readonly count: number;
}

/** Keys by magnitude, coarse to fine: from the sign and 3 bits of the exponent to all of it and 11 bits of the significand. */
const logarithmicKeys: readonly Keys[] = [28, 24, 22, 20, 18, 16, 14, 12]
  .map((shift) => ({ range: undefined, origin: 0, shift, count: 2 ** (32 - shift) }));
/** Keys of equal width, coarse to fine. The end of the range has one of its own. */
const linearKeys: readonly Omit<Keys, "range">[] = [12, 10, 8, 6]
  .map((shift) => ({ origin: 0x3f800000, shift, count: 2 ** (23 - shift) + 1 }));

/** What an entry of the table costs, and what the mapping to a range costs a value: in units of one comparison of one value. */
const entryCost = 0.1, mappingCost = 2;

/** The table that makes the search for `size` values cheapest. */
export function createThresholdTable(thresholds: Float64Array, size: number): ThresholdTable {
  let best: Keys = logarithmicKeys[0]!, bestStride = 1, leastCost = Infinity;
  const consider = (candidates: readonly Keys[], extraCost: number) => {
    if (bestStride === 1 && leastCost < Infinity) return;
    const bits = keyBits(thresholds, candidates[0]!.range);
    for (const keys of candidates) {
      const stride = firstStride(mostPerKey(bits, keys));
      const cost = entryCost * keys.count + size * (Math.log2(2 * stride) + extraCost);
      if (cost < leastCost) [best, bestStride, leastCost] = [keys, stride, cost];
      if (stride === 1) return;
    }
  };
  consider(logarithmicKeys, 0);
  const range = [thresholds[0]!, thresholds[thresholds.length - 1]!] as const;
  if (scaleOf(range) > 0 && scaleOf(range) < Infinity) {
    consider(linearKeys.map((keys) => ({ ...keys, range })), mappingCost);
  }
  const padded = new Float64Array(thresholds.length + 2 * bestStride).fill(NaN);
  padded.set(thresholds);
  const below = countBelow(keyBits(thresholds, best.range), best);
  return { keys: best, below, thresholds: padded, stride: bestStride };
}

/**
 * Writes the float32 values whose bits make the keys. Rounding, clamping, a difference from the lower end and a product with
 * a positive factor keep the order.
 */
export function fillKeyFloats(
  values: Float64Array,
  range: Keys["range"],
  floats: Float32Array,
): void {
  if (range === undefined) {
    for (let i = 0; i < values.length; i++) floats[i] = values[i]!;
    return;
  }
  const [lower, upper] = range;
  const scale = scaleOf(range);
  for (let i = 0; i < values.length; i++) {
    floats[i] = 1 + (Math.min(Math.max(values[i]!, lower), upper) - lower) * scale;
  }
}

const scaleOf = ([lower, upper]: readonly [number, number]) => 1 / (upper - lower);

function keyBits(thresholds: Float64Array, range: Keys["range"]): Uint32Array {
  const floats = new Float32Array(thresholds.length);
  fillKeyFloats(thresholds, range, floats);
  // As 0 equals -0, whose key is lower, a threshold of 0 must have that one.
  for (let i = 0; i < floats.length; i++) if (thresholds[i] === 0 && !range) floats[i] = -0;
  return new Uint32Array(floats.buffer);
}

/** The largest number of thresholds that share a key. */
function mostPerKey(bits: Uint32Array, { origin, shift }: Keys): number {
  let most = 0, run = 0, previous = -1;
  for (let i = 0; i < bits.length; i++) {
    const key = (bits[i]! - origin) >>> shift;
    run = key === previous ? run + 1 : 1;
    if (run > most) most = run;
    previous = key;
  }
  return most;
}

/** The largest power of two up to `count`, at least 1: where halving begins. */
function firstStride(count: number): number {
  let stride = 1;
  while (2 * stride <= count) stride *= 2;
  return stride;
}

function countBelow(bits: Uint32Array, { range, origin, shift, count }: Keys): Uint16Array {
  const below = new Uint16Array(count);
  // Keys by magnitude have the positive numbers first; then, from -0 on, the negative ones.
  const half = count / 2;
  let next = 0;
  for (let i = 0; i < bits.length; i++) {
    const key = (bits[i]! - origin) >>> shift;
    const rank = range !== undefined ? key : key < half ? half + key : count - 1 - key;
    below.fill(i, next, rank + 1);
    next = rank + 1;
  }
  below.fill(bits.length, next);
  if (range === undefined) {
    const negative = below.slice(0, half).reverse();
    below.copyWithin(0, half);
    below.set(negative, half);
  }
  return below;
}
