import { describeMethod } from "../../lib/quantizers/methods.ts";
import type { Selection } from "../options.ts";
import type { Cell, Setting } from "../results.ts";

/** Whether a method exists for a code width. */
export function existsAt(method: string, bits: number): boolean {
  const [least, most] = describeMethod(method).bits;
  return least <= bits && bits <= most;
}

/**
 * Every way to quantize that was asked for: by granularity, bits and method, where the method is to be shown at so many bits; `auto` once for
 * each objective.
 */
export function settingsOf(
  { granularities, bits, methods }: Selection,
  isShownAt: (method: string, bits: number) => boolean = existsAt,
): readonly Setting[] {
  return granularities.flatMap((granularity) =>
    bits.flatMap((width) =>
      methods.filter((method) => isShownAt(method, width)).flatMap((method): Setting[] => {
        const setting = { method, bits: width, granularity };
        return method === "auto" ? [setting, { ...setting, objective: "output" }] : [setting];
      })
    )
  );
}

/** The cells of each network, in the order in which they came. */
export function byNetwork<Result>(
  cells: readonly Cell<Result>[],
): ReadonlyMap<string, readonly Cell<Result>[]> {
  return Map.groupBy(cells, ({ key }) => key.network);
}

/** The methods that appear, each once. */
export function methodsOf(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.flatMap(({ key }) => key.setting?.method ?? []))];
}
