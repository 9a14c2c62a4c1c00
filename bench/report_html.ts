import { count } from "../lib/report/format.ts";
import { type Fact, type Headline, htmlReport } from "../lib/report/html.ts";
import { type Page, tabulate } from "../lib/report/page.ts";
import { vegaScripts } from "../lib/report/vega_scripts.ts";
import { duration } from "./duration.ts";
import { type BenchResults, type CellFailure, cellName } from "./results.ts";

/** Titles of columns of the tables that tell groups of rows apart. */
const filters = ["per", "bits", "method", "against", "widths", "condition", "chosen", "front"];

/** The report of a run as one HTML file: what was run, the pages, and what the results were made from. */
export async function reportHtml(results: BenchResults, pages: readonly Page[]): Promise<string> {
  const { header, notes, failures, complete } = results;
  return htmlReport({
    title: "Quantized networks, measured",
    subtitle:
      "Post-training quantization of weights by Bitbell: every figure is drawn from the results file of one run.",
    headlines: headlinesOf(results),
    summary: summaryOf(results),
    notes: [
      ...(complete
        ? []
        : ["The run isn't finished: cells are missing, and what is drawn from them may change."]),
      ...notes,
      ...failures.map(failureNote),
    ],
    facts: factsOf(results),
    pages: [...pages, inputsPage(header)],
    filters,
    scripts: await vegaScripts(Deno),
  });
}

function headlinesOf({ header: { networks, sets }, cells }: BenchResults): readonly Headline[] {
  const methods = new Set(cells.flatMap(({ key }) => key.setting?.method ?? []));
  const weights = networks.reduce((sum, network) => sum + network.weights, 0);
  const images = sets.reduce((sum, set) => sum + set.images, 0);
  return [
    { value: count(networks.length), label: named(networks.length, "network") },
    { value: count(weights), label: "weights" },
    { value: count(images), label: "test images" },
    { value: count(methods.size), label: named(methods.size, "method") },
    { value: count(cells.length), label: named(cells.length, "result") },
  ].filter(({ value }) => value !== "0");
}

function summaryOf({ header: { selection, networks, sets } }: BenchResults): readonly string[] {
  const names = networks.map(({ label }) => label).join(", ");
  const bits = selection.bits.join(", ");
  const granularities = selection.granularities.map((granularity) => `per ${granularity}`).join(
    " and ",
  );
  const images = sets.map(({ name, images }) => `${count(images)} images of ${name}`).join(", ");
  return [
    `Networks: ${names}.`,
    `Weights quantized to ${bits} bits ${granularities}, by ${
      selection.methods.map((name) => `\`${name}\``).join(", ")
    }.`,
    ...(images === "" ? [] : [`Accuracy on ${images}.`]),
  ];
}

function failureNote({ key, message }: CellFailure): string {
  return `${cellName(key)} could not be computed: ${message}`;
}

function factsOf({ header, timing }: BenchResults): readonly Fact[] {
  const versions = Object.entries(header.versions).map(([name, version]) => `${name} ${version}`);
  return [
    { label: "Begun", value: `${timing.started.slice(0, 16).replace("T", " ")} UTC` },
    {
      label: "Wall time",
      value: `${duration(timing.seconds)} for ${counted(timing.computed, "cell")}, ` +
        `with ${counted(timing.workers, "worker")} on ${counted(timing.cores, "core")}`,
    },
    { label: "Commit", value: header.commit === undefined ? "not known" : `\`${header.commit}\`` },
    { label: "Versions", value: versions.join(", ") },
    { label: "Images classified by", value: header.selection.backend },
    { label: "Seed", value: String(header.selection.seed) },
    { label: "Format of the results", value: header.format },
  ];
}

/** "1 cell", "2 cells". */
function counted(number: number, noun: string): string {
  return `${count(number)} ${named(number, noun)}`;
}

function named(number: number, noun: string): string {
  return number === 1 ? noun : `${noun}s`;
}

/** The files that the results are about, by which anybody can tell whether theirs are the same. */
function inputsPage({ networks, sets }: BenchResults["header"]): Page {
  const networkTable = tabulate(networks, [
    { title: "network", value: ({ label }) => label },
    { title: "tensors", value: ({ tensors }) => tensors, format: count },
    { title: "weights", value: ({ weights }) => weights, format: count },
    { title: "file", value: ({ file }) => file },
    { title: "SHA-256", value: ({ sha256 }) => sha256 },
  ]);
  const setTable = tabulate(sets, [
    { title: "set", value: ({ name }) => name },
    { title: "images", value: ({ images }) => images, format: count },
    { title: "classes", value: ({ classes }) => classes, format: count },
    { title: "SHA-256", value: ({ sha256 }) => sha256 },
  ]);
  return {
    name: "inputs",
    title: "Inputs: networks and images",
    sections: [
      { heading: "Networks", tables: [networkTable] },
      ...(sets.length === 0 ? [] : [{ heading: "Images", tables: [setTable] }]),
    ],
    footnotes: [
      "SHA-256 of a network: of its file; of a folder: of the lines of all of its files.",
      "SHA-256 of a set: of the pixels (NHWC bytes) followed by the labels (16 bits, little-endian).",
      ...networks.flatMap(({ label, caveats }) => caveats.map((caveat) => `${label}: ${caveat}.`)),
      ...sets.flatMap(({ name, caveats }) => caveats.map((caveat) => `${name}: ${caveat}.`)),
    ],
  };
}
