import { entropyTerm, partitionWith, type SamplePartition } from "./sample_partition.ts";
import { cellError, type SortedSums } from "./sorted_sums.ts";

/** Exchanges are tried where values times cells are no more than that. */
const pairLimit = 2 ** 14;
const exchangeLimit = 100;
/** An exchange must lower the error by more than this share. */
const fallTolerance = 1e-12;

/**
 * Removes a threshold, adds one anywhere, or both, whichever lowers the error most within the rate, for as long as one does: small samples have few partitions
 * between two vertices of the hull, which no weight of the rate leads to. Large ones, or those of many cells, stay as they are. O(n cells) for an exchange.
 */
export function exchangeThresholds(
  data: SortedSums,
  start: SamplePartition,
  rate: number,
): SamplePartition {
  let partition = start;
  for (let exchange = 0; exchange < exchangeLimit; exchange++) {
    if (data.sorted.length * partition.bounds.length > pairLimit) return partition;
    const next = bestExchange(data, partition, rate);
    if (next === partition) return partition;
    partition = next;
  }
  return partition;
}

function bestExchange(
  data: SortedSums,
  partition: SamplePartition,
  rate: number,
): SamplePartition {
  const { bounds } = partition;
  let best = partition;
  // The end of the sample is never removed: then all thresholds stay.
  for (let removed = 1; removed < bounds.length; removed++) {
    const rest = removed === bounds.length - 1
      ? partition
      : partitionWith(data, bounds.filter((_, i) => i !== removed));
    if (rest.rate <= rate && isBetter(rest, best)) best = rest;
    for (const position of splitsOf(data, rest, { rate, below: best.mse })) {
      const next = partitionWith(data, Int32Array.of(...rest.bounds, position).sort());
      if (next.rate <= rate && isBetter(next, best)) best = next;
    }
  }
  return best;
}

const isBetter = (next: SamplePartition, known: SamplePartition) =>
  next.mse < known.mse * (1 - fallTolerance);

/** Where a cell may be split in two so that the error falls below a limit within the rate, up to rounding; each one has a lower error than the one before. */
function splitsOf(
  data: SortedSums,
  { bounds, mse, rate: known }: SamplePartition,
  { rate, below }: { rate: number; below: number },
): number[] {
  const { sorted } = data;
  const size = sorted.length;
  const splits: number[] = [];
  let least = below;
  for (let i = 1; i < bounds.length; i++) {
    const start = bounds[i - 1]!, end = bounds[i]!;
    const otherMse = mse - cellError(data, start, end) / size;
    const otherRate = known - entropyTerm((end - start) / size);
    for (let position = start + 1; position < end; position++) {
      if (sorted[position] === sorted[position - 1]) continue;
      const error = otherMse +
        (cellError(data, start, position) + cellError(data, position, end)) / size;
      if (!(error < least)) continue;
      const entropy = otherRate + entropyTerm((position - start) / size) +
        entropyTerm((end - position) / size);
      if (entropy > rate + fallTolerance) continue;
      least = error;
      splits.push(position);
    }
  }
  return splits;
}
