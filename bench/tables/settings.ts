import type { Cell, Setting } from "../results.ts";
import type { Selection } from "../options.ts";

/** Every way to quantize that was asked for: by granularity, bits and method. */
export function settingsOf({ granularities, bits, methods }: Selection): readonly Setting[] {
  return granularities.flatMap((granularity) =>
    bits.flatMap((width) => methods.map((method) => ({ method, bits: width, granularity })))
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
