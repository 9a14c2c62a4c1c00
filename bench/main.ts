/**
 * `deno task bench`: which law the weights of trained networks follow, and what quantizing them costs in squared error and in accuracy.
 * `--help` lists the options.
 */
import { helpText, parseOptions } from "./options.ts";
import { runBench } from "./run.ts";
import { benchTables } from "./tables/registry.ts";

const names = benchTables.map(({ name }) => name);
try {
  const options = parseOptions(Deno.args, names);
  if (options.help) console.log(helpText(benchTables).trimEnd());
  else Deno.exit(await runBench(options, benchTables));
} catch (error) {
  if (Deno.args.includes("--trace")) console.error(error);
  else console.error((error as Error).message.replaceAll(/\s*\n\s*/g, " "));
  Deno.exit(1);
}
