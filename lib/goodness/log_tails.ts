import type { Distribution } from "../distributions/distribution.ts";
import { integrateCell } from "../numerics/gauss_legendre.ts";

/** Past so many times the tail's own length nothing reaches the sixteenth digit. */
const tailReach = 60;
/** Over so many lengths of the tail 16 nodes leave nothing of the integral, though the density falls twice as fast. */
const pieceWidth = 3;

/** `ln cdf(x)`, with full precision where the cdf is near 1, and where it underflows; -Infinity below the support. */
export function logCdf(law: Distribution, x: number): number {
  const probability = law.cdf(x);
  if (probability > 0.5) return Math.log1p(-law.sf(x));
  return isNormal(probability) ? Math.log(probability) : logFarTail(law, x, -1);
}

/** `ln sf(x)`, with full precision where the sf is near 1, and where it underflows; -Infinity above the support. */
export function logSf(law: Distribution, x: number): number {
  const probability = law.sf(x);
  if (probability > 0.5) return Math.log1p(-law.cdf(x));
  return isNormal(probability) ? Math.log(probability) : logFarTail(law, x, 1);
}

const isNormal = (probability: number) => probability >= 2.2250738585072014e-308;

/**
 * The logarithm of the mass beyond x on its side of the median, in which the density falls from a value too small for a double.
 */
function logFarTail(law: Distribution, x: number, direction: -1 | 1): number {
  const logDensity = law.logPdf(x);
  const end = law.support[direction === 1 ? 1 : 0];
  const room = (end - x) * direction;
  if (logDensity === -Infinity || !(room > 0)) return -Infinity;
  // Relative to the density at x, in units of the length over which it falls by a factor of e: nearly exp(-u).
  const short = Math.min(room, 1e-4 * Math.abs(x - law.quantile(0.5)));
  const length = short / (logDensity - law.logPdf(x + direction * short));
  if (!(length > 0 && length < Infinity)) return -Infinity;
  const width = Math.min(tailReach, room / length);
  const [mass] = integrateCell(
    (u) => Math.exp(law.logPdf(x + direction * length * u) - logDensity),
    { start: 0, correction: 0, width, deviation: 0 },
    () => pieceWidth,
  );
  return logDensity + Math.log(length * mass);
}
