import { describeMethod, quantizerMethods } from "../../lib/quantizers/methods.ts";

/** The methods that exist for codes of so many bits. */
export function methodsAt(bits: number): string[] {
  return quantizerMethods.filter((name) => {
    const [least, most] = describeMethod(name).bits;
    return least <= bits && bits <= most;
  });
}

/** Some of the widths that a method exists for. */
export function widthsOf(method: string, widths: readonly number[]): number[] {
  const [least, most] = describeMethod(method).bits;
  const inside = widths.filter((bits) => least <= bits && bits <= most);
  return inside.length > 0 ? inside : [least];
}
