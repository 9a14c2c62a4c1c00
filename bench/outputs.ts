import { join } from "node:path";
import { csvPage } from "../lib/report/csv.ts";
import { markdownPage } from "../lib/report/page.ts";
import { reportHtml } from "./report_html.ts";
import { type BenchResults, serializeResults, writeAtomically } from "./results.ts";
import type { BenchTable } from "./tables/table.ts";

/** Where what a run leaves is written, and what the files are called. */
export interface OutputOptions {
  /** The tables to show. */
  readonly tables: readonly BenchTable[];
  readonly folder: string;
  readonly name: string;
}

/**
 * Writes what a run leaves: NAME.json first, then what is drawn from it, see {@linkcode writePages}.
 *
 * @returns The path of the JSON file.
 */
export async function writeOutputs(results: BenchResults, options: OutputOptions): Promise<string> {
  const path = join(options.folder, `${options.name}.json`);
  writeAtomically(path, serializeResults(results));
  await writePages(results, options);
  return path;
}

/**
 * Writes what is drawn from results: NAME.md, NAME.html, and a NAME/TABLE.csv for each table.
 *
 * @returns The paths.
 */
export async function writePages(
  results: BenchResults,
  { tables, folder, name }: OutputOptions,
): Promise<readonly string[]> {
  const pages = tables.map((table) => table.page(results));
  const texts = {
    [`${name}.md`]: pages.map((page) => markdownPage(page)).join("\n"),
    ...Object.fromEntries(pages.map((page) => [join(name, `${page.name}.csv`), csvPage(page)])),
    [`${name}.html`]: await reportHtml(results, pages),
  };
  return Object.entries(texts).map(([file, text]) => {
    const path = join(folder, file);
    writeAtomically(path, text);
    return path;
  });
}
