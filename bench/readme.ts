/** `deno task readme`: puts tables of the committed runs into the README, between their markers. */
import { basename } from "node:path";
import { count } from "../lib/report/format.ts";
import { markdownPage } from "../lib/report/page.ts";
import { optionsFor } from "./command_line.ts";
import { duration } from "./duration.ts";
import { type BenchResults, type CellKey, parseResults, variantName } from "./results.ts";
import { benchTables } from "./tables/registry.ts";

const readme = new URL("../README.md", import.meta.url);

/** The committed run that a marker means unless it says `from`. */
const mainRun = "reference";

/** The results of a committed run by its name, such as "reference-fit". */
export function committedResults(name: string = mainRun): URL {
  return new URL(`./results/${name}.json`, import.meta.url);
}

/** Reads them. */
export async function readCommitted(name: string = mainRun): Promise<BenchResults> {
  const file = committedResults(name);
  return parseResults(await Deno.readTextFile(file), basename(file.pathname));
}

/** What the cells that a marker takes may be chosen by, and which of a cell's values it compares. */
const filters: Readonly<Record<string, (key: CellKey) => string | undefined>> = {
  network: ({ network }) => network.replace(/ \(.*/, ""),
  per: ({ setting }) => setting?.granularity,
  bits: ({ setting }) => setting && String(setting.bits),
  method: ({ setting }) => setting && variantName(setting).replace(", ", "-"),
};

const marker = /(<!-- bench:([\w-]+)((?: [\w-]+=\S+)*) -->\n)[\s\S]*?(<!-- \/bench -->)/g;

/** The names of the committed runs that the markers mean. */
export function runsNamed(markdown: string): readonly string[] {
  return [
    ...new Set(markdown.matchAll(marker).map(([, , , choices]) => readChoices(choices!).from)),
  ];
}

/**
 * Reads the results of those runs.
 *
 * @throws {RangeError} If a run isn't complete.
 */
export async function readRunsOf(
  markdown: string,
): Promise<Readonly<Record<string, BenchResults>>> {
  const runs: Record<string, BenchResults> = {};
  for (const name of runsNamed(markdown)) {
    const results = await readCommitted(name);
    if (!results.complete) {
      throw new RangeError(`Cannot refresh the README as the run ${name} isn't complete`);
    }
    runs[name] = results;
  }
  return runs;
}

/**
 * Draws every table that stands between `<!-- bench:NAME -->` and `<!-- /bench -->` anew. `<!-- bench:NAME network=resnet20 bits=2,4 -->` takes
 * part of its cells: those of these networks, granularities (`per`), `bits` and methods (`method`, `auto-output` among them); cells that have no such value stay.
 * `from=RUN` takes another run's results than those of the main one. `<!-- bench:run -->` stands for the command, and what it took.
 *
 * @param runs The results by the names of the runs.
 *
 * @throws {RangeError} If there is no table or run of that name, or nothing to choose by of that name.
 */
export function refreshTables(
  markdown: string,
  runs: Readonly<Record<string, BenchResults>>,
): string {
  return markdown.replaceAll(
    marker,
    (_, start: string, name: string, text: string, end: string) => {
      const { from, choices } = readChoices(text);
      const results = runs[from];
      if (results === undefined) {
        throw new RangeError(`Cannot refresh the README as there is no run ${from}`);
      }
      if (name === "run" && choices.length === 0) {
        return `${start}\n${describeRun(from, results)}\n${end}`;
      }
      const table = benchTables.find((table) => table.name === name);
      if (table === undefined) {
        throw new RangeError(`Cannot refresh the README as there is no table ${name}`);
      }
      // One level deeper than on the terminal: the README has a heading of its own above.
      const page = table.page(choices.reduce(choosePart, results));
      const drawn = markdownPage(page, { details: false }).replaceAll(/^#/gm, "##");
      return `${start}\n${drawn.trimEnd()}\n\n${end}`;
    },
  );
}

/** What follows a marker's name. */
function readChoices(text: string): { readonly from: string; readonly choices: readonly string[] } {
  const all = text.trim().split(" ").filter(Boolean);
  const source = all.find((choice) => choice.startsWith("from="));
  return {
    from: source?.slice("from=".length) ?? mainRun,
    choices: all.filter((choice) => choice !== source),
  };
}

function describeRun(name: string, { cells, timing, header }: BenchResults): string {
  const { cores, workers } = timing;
  const seconds = Object.values(timing.cells).reduce((sum, cell) => sum + cell.seconds, 0);
  const images = header.sets.map(({ name, images }) => `${count(images)} images of ${name}`);
  const contents = [
    `${count(cells.length)} cells of ${count(header.networks.length)} networks`,
    ...(images.length > 0 ? [`with ${images.join(", ")}`] : []),
    `computed in ${duration(seconds / workers)} with ${workers} workers on ${cores} cores`,
  ];
  const options = optionsFor(header.selection).join(" ");
  return `    BITBELL_DATA=../shared/data npx -y deno@2.9.6 task bench ${options} --out bench/results --name ${name}

${
    contents.join(", ")
  }: [${name}.md](bench/results/${name}.md), [${name}.json](bench/results/${name}.json).
`;
}

function choosePart(results: BenchResults, choice: string): BenchResults {
  const [by, values] = choice.split("=") as [string, string];
  const valueOf = filters[by];
  if (valueOf === undefined) {
    const known = Object.keys(filters).join(", ");
    throw new RangeError(`Cannot choose cells by ${by} for the README: there are ${known}`);
  }
  const wanted = values.split(",");
  const cells = results.cells.filter(({ key }) => {
    const value = valueOf(key);
    return value === undefined || wanted.includes(value);
  });
  if (by !== "per") return { ...results, cells };
  // What isn't to be shown is not to be missed either.
  const { selection } = results.header;
  const granularities = selection.granularities.filter((name) => wanted.includes(name));
  return {
    ...results,
    header: { ...results.header, selection: { ...selection, granularities } },
    cells,
  };
}

if (import.meta.main) {
  const text = await Deno.readTextFile(readme);
  await Deno.writeTextFile(readme, refreshTables(text, await readRunsOf(text)));
}
