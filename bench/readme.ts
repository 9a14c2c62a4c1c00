/** `deno task readme`: puts tables of the reference run into the README, between their markers. */
import config from "../deno.json" with { type: "json" };
import { count } from "../lib/report/format.ts";
import { markdownPage } from "../lib/report/page.ts";
import { duration } from "./duration.ts";
import { type BenchResults, type CellKey, parseResults, variantName } from "./results.ts";
import { benchTables } from "./tables/registry.ts";

const readme = new URL("../README.md", import.meta.url);

/** The committed results of `deno task bench:reference`, from which the README's tables are drawn. */
export const referenceResults = new URL("./results/reference.json", import.meta.url);

/** What the cells that a marker takes may be chosen by, and which of a cell's values it compares. */
const filters: Readonly<Record<string, (key: CellKey) => string | undefined>> = {
  network: ({ network }) => network.replace(/ \(.*/, ""),
  per: ({ setting }) => setting?.granularity,
  bits: ({ setting }) => setting && String(setting.bits),
  method: ({ setting }) => setting && variantName(setting).replace(", ", "-"),
};

/**
 * Draws every table that stands between `<!-- bench:NAME -->` and `<!-- /bench -->` anew. `<!-- bench:NAME network=resnet20 bits=2,4 -->` takes
 * part of its cells: those of these networks, granularities (`per`), `bits` and methods (`method`, `auto-output` among them); cells that have no such value stay.
 * `<!-- bench:run -->` stands for the command, and what it took.
 *
 * @throws {RangeError} If there is no table of that name, or nothing to choose by of that name.
 */
export function refreshTables(markdown: string, results: BenchResults): string {
  return markdown.replaceAll(
    /(<!-- bench:([\w-]+)((?: [\w-]+=\S+)*) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (_, start: string, name: string, choices: string, end: string) => {
      if (name === "run") return `${start}\n${describeRun(results)}\n${end}`;
      const table = benchTables.find((table) => table.name === name);
      if (table === undefined) {
        throw new RangeError(`Cannot refresh the README as there is no table ${name}`);
      }
      const cells = choices.trim().split(" ").filter(Boolean).reduce(chooseCells, results.cells);
      // One level deeper than on the terminal: the README has a heading of its own above.
      const page = table.page({ ...results, cells });
      const drawn = markdownPage(page, { details: false }).replaceAll(/^#/gm, "##");
      return `${start}\n${drawn.trimEnd()}\n\n${end}`;
    },
  );
}

function describeRun({ cells, timing, header }: BenchResults): string {
  const { cores, workers } = timing;
  const seconds = Object.values(timing.cells).reduce((sum, cell) => sum + cell.seconds, 0);
  const images = header.sets.map(({ name, images }) => `${count(images)} images of ${name}`);
  return `    BITBELL_DATA=../shared/data npx -y deno@2.9.6 task bench:reference

Behind the task stands \`${
    config.tasks["bench:reference"].command.replace(/^.*main\.ts/, "deno task bench")
  }\`: ${count(cells.length)} cells of ${count(header.networks.length)} networks, with ${
    images.join(", ")
  }, which took ${duration(seconds / workers)} with ${workers} workers on ${cores} cores.
`;
}

function chooseCells(cells: BenchResults["cells"], choice: string): BenchResults["cells"] {
  const [by, values] = choice.split("=") as [string, string];
  const valueOf = filters[by];
  if (valueOf === undefined) {
    const known = Object.keys(filters).join(", ");
    throw new RangeError(`Cannot choose cells by ${by} for the README: there are ${known}`);
  }
  const wanted = values.split(",");
  return cells.filter(({ key }) => {
    const value = valueOf(key);
    return value === undefined || wanted.includes(value);
  });
}

if (import.meta.main) {
  const text = await Deno.readTextFile(referenceResults);
  const results = parseResults(text, "bench/results/reference.json");
  await Deno.writeTextFile(readme, refreshTables(await Deno.readTextFile(readme), results));
}
