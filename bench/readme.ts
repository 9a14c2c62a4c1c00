/** `deno task readme`: puts the tables of the reference run into the README, between their markers. */
import { type BenchResults, parseResults } from "./results.ts";
import { benchTables } from "./tables/registry.ts";

const readme = new URL("../README.md", import.meta.url);

/** The committed results of `deno task bench`, from which the README's tables are drawn. */
export const referenceResults = new URL("./results/reference.json", import.meta.url);

/**
 * Draws every table that stands between `<!-- bench:NAME -->` and `<!-- /bench -->` anew.
 *
 * @throws {RangeError} If there is no table of that name.
 */
export function refreshTables(markdown: string, results: BenchResults): string {
  return markdown.replaceAll(
    /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (_, start: string, name: string, end: string) => {
      const table = benchTables.find((table) => table.name === name);
      if (table === undefined) {
        throw new RangeError(`Cannot refresh the README as there is no table ${name}`);
      }
      // One level deeper than on the terminal: the README has a heading of its own above.
      const drawn = table.draw(results).replaceAll(/^#/gm, "##");
      return `${start}\n${drawn.trimEnd()}\n\n${end}`;
    },
  );
}

if (import.meta.main) {
  const text = await Deno.readTextFile(referenceResults);
  const results = parseResults(text, "bench/results/reference.json");
  await Deno.writeTextFile(readme, refreshTables(await Deno.readTextFile(readme), results));
}
