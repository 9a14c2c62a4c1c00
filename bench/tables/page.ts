import { describeMethod } from "../../lib/quantizers/methods.ts";
import { count } from "../../lib/report/format.ts";
import type { BenchResults, Cell, ImageSetRecord, NetworkRecord } from "../results.ts";
import { methodsOf } from "./settings.ts";

/** What every table says, as it changes all figures at low bits. */
export const batchNormNote =
  "Quantized: every floating tensor of rank 2 or 4, first and last layer included; batch norm is not folded, and no correction " +
  "is applied.";

const outputNote =
  "`auto, output`: `auto` for little error in each layer's outputs, by what batch norms tell of its inputs, without images. The codes are chosen " +
  "together, not each for the nearest level, and each output channel has a scale, and an offset where that pays. So where the channels of a tensor share " +
  "one codebook, it stores more than the others: effective bits and bytes count that. Its squared error may be above that of nearest levels, or, by " +
  "its scales, below that of k-means per tensor.";

/** What a reader must know of how the networks were quantized: of each method that appears, and of batch norm. */
export function notesOnQuantization(cells: readonly Cell[]): readonly string[] {
  const hasOutput = cells.some(({ key }) => key.setting?.objective === "output");
  return [
    ...methodsOf(cells).map((method) => `\`${method}\`: ${describeMethod(method).summary}.`),
    ...(hasOutput ? [outputNote] : []),
    hasOutput ? batchNormNote.replace(/\.$/, ", but by `auto, output`.") : batchNormNote,
  ];
}

/** How many images there are, and how they share the classes. */
export function describeImages({ images, classes }: ImageSetRecord): string {
  const balanced = images % classes === 0
    ? `${count(images / classes)} of each of the ${count(classes)} classes`
    : images < classes
    ? `one of each of ${count(images)} classes`
    : `spread evenly over the ${count(classes)} classes`;
  return `${count(images)} images, ${balanced}`;
}

/** The caveats of the networks and of the images that appear, each once. */
export function caveatsOf(
  results: BenchResults,
  networks: readonly NetworkRecord[],
  dataset?: string,
): readonly string[] {
  const sets = results.header.sets.filter(({ name }) => name === dataset);
  const notes = [
    ...sets.flatMap(({ caveats }) => caveats).map((caveat) => `Images: ${caveat}.`),
    ...networks.flatMap(({ label, caveats }) => caveats.map((caveat) => `${label}: ${caveat}.`)),
  ];
  return [...new Set(notes)];
}

/** The networks that cells are about, each once. */
export function networksOf(
  { header: { networks } }: BenchResults,
  cells: readonly Cell[],
): readonly NetworkRecord[] {
  const labels = new Set(cells.map(({ key }) => key.network));
  return networks.filter(({ label }) => labels.has(label));
}
