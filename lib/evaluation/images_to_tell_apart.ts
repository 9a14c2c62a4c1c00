import { gaussian } from "../distributions/gaussian.ts";

/** Options of {@linkcode imagesToTellApart}. */
export interface TellApartOptions {
  /** The two-sided level of the test, in `(0, 1)`. @default {0.05} */
  readonly level?: number;
  /** How probable it shall be that the test rejects, in `(0, 1)`. @default {0.8} */
  readonly power?: number;
}

/**
 * How many images McNemar's test needs to tell two networks apart, of which the one alone is right on a share `p` of all images and the
 * other alone on a share `q`:
 *
 *     n = (z_{1 - level/2} sqrt(p + q) + z_{power} sqrt(p + q - (p - q)^2))^2 / (p - q)^2
 *
 * rounded up (R. Connor, Biometrics 43, 1987, after O. Miettinen, Biometrics 24, 1968). It is the normal approximation without continuity
 * correction; the exact test needs some more where pairs that differ are few. For a `power` well above `level / 2`: the chance of a
 * rejection in favour of the worse network is left out.
 *
 * @param shares `onlyFirst` and `onlySecond`: on what share of the images only the one or only the other is right.
 *
 * @returns A number of images; Infinity where the two shares are equal.
 *
 * @throws {RangeError} If a share is not in [0, 1], their sum is above 1, or an option is out of its range.
 *
 * @example Networks that differ on one image in ten
 * ```ts
 * import { imagesToTellApart } from "@bitbell/bitbell/evaluation";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(imagesToTellApart({ onlyFirst: 0.06, onlySecond: 0.04 }), 1960);
 * assertEquals(imagesToTellApart({ onlyFirst: 0.05, onlySecond: 0.05 }), Infinity);
 * ```
 */
export function imagesToTellApart(
  { onlyFirst, onlySecond }: { readonly onlyFirst: number; readonly onlySecond: number },
  { level = 0.05, power = 0.8 }: TellApartOptions = {},
): number {
  const action = "tell how many images a test needs";
  if (!(onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= 1)) {
    throw new RangeError(
      `Cannot ${action} as both shares must be at least 0 and their sum at most 1: current values are ${onlyFirst} and ${onlySecond}`,
    );
  }
  for (const [name, value] of [["level", level], ["power", power]] as const) {
    if (!(value > 0 && value < 1)) {
      throw new RangeError(
        `Cannot ${action} as ${name} must be in (0, 1): current value is ${value}`,
      );
    }
  }
  const differ = onlyFirst + onlySecond, difference = onlyFirst - onlySecond;
  if (difference === 0) return Infinity;
  const standard = gaussian({ mean: 0, standardDeviation: 1 });
  const ofLevel = -standard.quantile(level / 2) * Math.sqrt(differ);
  const ofPower = standard.quantile(power) * Math.sqrt(differ - difference ** 2);
  // Less power than any test of that level has takes no image.
  return Math.max(1, Math.ceil((Math.max(0, ofLevel + ofPower) / difference) ** 2));
}
