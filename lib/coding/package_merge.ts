/**
 * Lengths of the words of an optimal prefix code whose words have at most `limit` bits: the package-merge algorithm of Larmore and Hirschberg
 * ("A fast algorithm for optimal length-limited Huffman codes", Journal of the ACM 37, 1990). Where Huffman's own code keeps the limit, the total is
 * that of Huffman's. O(symbols limit).
 *
 * @param counts Ascending, at least two of them and at most 2^limit.
 *
 * @returns The lengths, descending.
 */
export function packageMerge(counts: Float64Array, limit: number): Uint8Array {
  const size = counts.length;
  // List by list: all counts, and the pairs of the list before, in ascending order.
  const lists = [new Uint8Array(size).fill(1)];
  let items = counts;
  // No optimal code is deeper than one that adds a single symbol at each depth.
  const depth = Math.min(limit, size - 1);
  for (let level = 1; level < depth; level++) {
    const pairs = items.length >> 1;
    const next = new Float64Array(size + pairs);
    const isSymbol = new Uint8Array(size + pairs);
    for (let position = 0, symbol = 0, pair = 0; position < next.length; position++) {
      const pairSum = pair < pairs ? items[2 * pair]! + items[2 * pair + 1]! : Infinity;
      if (symbol < size && counts[symbol]! <= pairSum) {
        next[position] = counts[symbol++]!;
        isSymbol[position] = 1;
      } else {
        next[position] = pairSum;
        pair++;
      }
    }
    items = next;
    lists.push(isSymbol);
  }
  // Of each list the cheapest items are taken, and a taken pair takes two items of the list before; a symbol has a bit for each list it is taken in.
  const lengths = new Uint8Array(size);
  let taken = 2 * size - 2;
  for (const isSymbol of lists.toReversed()) {
    let symbols = 0;
    for (let position = 0; position < taken; position++) symbols += isSymbol[position]!;
    for (let symbol = 0; symbol < symbols; symbol++) lengths[symbol]! += 1;
    taken = 2 * (taken - symbols);
  }
  return lengths;
}
