/** Ranks from 0 of a sorted sample: all, or as many as are wanted, each in the middle of an equal share. */
export function evenRanks(size: number, most: number): readonly number[] {
  const count = Math.min(size, most);
  return Array.from({ length: count }, (_, i) => Math.floor((i + 0.5) * size / count));
}
