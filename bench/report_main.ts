/**
 * The command behind `deno task report`: draws Markdown, CSV and HTML from results that a run left.
 *
 *     deno task report [RESULTS.json] [FOLDER]
 *
 * Without arguments: the committed reference run, into bench/out.
 */
import { basename, join, resolve } from "node:path";
import { writePages } from "./outputs.ts";
import { committedResults } from "./readme.ts";
import { parseResults } from "./results.ts";
import { benchTables } from "./tables/registry.ts";

// A task runs in the repository's root, wherever it was started.
const here = Deno.env.get("INIT_CWD") ?? Deno.cwd();
const [given, target] = Deno.args;
const path = given === undefined ? Deno.realPathSync(committedResults()) : resolve(here, given);
const folder = target === undefined ? join(import.meta.dirname!, "out") : resolve(here, target);
try {
  const results = parseResults(Deno.readTextFileSync(path), path);
  const name = basename(path).replace(/\.json$/, "");
  const tables = benchTables.filter((table) => results.tables.includes(table.name));
  for (const file of await writePages(results, { tables, folder, name })) console.log(file);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
