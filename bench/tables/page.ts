import type { BenchResults, NetworkRecord } from "../results.ts";

/** What every table says, as it changes all figures at low bits. */
export const batchNormNote =
  "Quantized: every floating tensor of rank 2 or 4, first and last layer included; batch norm is not folded, and no correction " +
  "is applied.";

const methodNotes: Readonly<Record<string, string>> = {
  "min-max": "`min-max`: uniform over the range of the weights, whose ends are levels.",
  "omse":
    "`omse`: uniform and centred on the mean, with the clip that minimises the squared error on the weights themselves.",
  "aciq":
    "`aciq`: uniform, with the clip of Banner et al. (2019) for the law that the KS statistic picks.",
  "ks-lloyd-max":
    "`ks-lloyd-max`: the Lloyd-Max quantizer of the law, Gaussian or Laplace, that the KS statistic picks; our reading of the " +
    "abstract of Luqman et al. (arXiv:2412.07391), not a reproduction of its tables.",
  "k-means":
    "`k-means`: levels fitted to the weights themselves and stored with them, as an empirical bound for the others (exact where " +
    "weights times levels are at most 2^22, else a local optimum).",
};

/** What a reader must know of the methods that appear. */
export function notesOnMethods(methods: readonly string[]): readonly string[] {
  return methods.flatMap((method) => methodNotes[method] ?? []);
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

/** A table's page: its title, a section for each network, and the footnotes of all of them. */
export function drawPage(
  title: string,
  sections: readonly { readonly heading: string; readonly table: string }[],
  footnotes: readonly string[],
): string {
  const parts = [
    `## ${title}\n`,
    ...sections.map(({ heading, table }) => `### ${heading}\n\n${table}`),
    footnotes.map((note) => `- ${note}\n`).join(""),
  ];
  return parts.join("\n");
}
