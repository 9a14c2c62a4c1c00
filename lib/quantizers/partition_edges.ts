/** Positions from 1 to n - 1 that divide the values into `parts` equal numbers, and their range into `parts` equal widths. */
export function commonEdges(sorted: Float64Array, parts: number): Int32Array {
  const size = sorted.length;
  const first = sorted[0]!, width = sorted[size - 1]! - first;
  const edges = new Set<number>([1, size - 1]);
  for (let part = 1; part < parts; part++) {
    edges.add(Math.max(1, Math.floor((part * size) / parts)));
    edges.add(lowerBound(sorted, first + (part / parts) * width, 1, size - 1));
  }
  return Int32Array.from(edges).sort();
}

/** The first index in `[from, to)` whose value is at or above `value`; `to` where none is. */
export function lowerBound(
  sorted: Float64Array,
  value: number,
  from: number,
  to: number,
): number {
  let low = from, high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
