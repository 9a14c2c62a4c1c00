/**
 * `deno task test`: the whole suite, then every example of the documentation. Paths and options of `deno test` may follow:
 *
 *     deno task test tests/numerics            tests of one folder
 *     deno task test lib/numerics README.md    examples of one folder and of the README
 *     deno task test --filter "ksStatistic()"  what has this in its name
 */
import {
  addCounts,
  cachePrograms,
  countTests,
  documented,
  resolveAssertions,
  runDeno,
  skipLines,
  testPermissions,
} from "./runner.ts";

const { paths, options } = splitParameters(Deno.args);
const testPaths = paths.filter((path) => path.startsWith("tests"));
const examplePaths = paths.filter((path) => !path.startsWith("tests"));
const everything = paths.length === 0;

const resolution = await resolveAssertions();
let counts = { passed: 0, failed: 0, skipped: 0, reasons: {} };
try {
  console.log(resolution.description);
  await cachePrograms();
  const common = ["--quiet", "--parallel", ...resolution.options, ...testPermissions, ...options];
  const env = { BITBELL_SLOW: "1" };
  const runs = [];
  if (everything || testPaths.length > 0) {
    runs.push(["test", ...common, ...(everything ? ["tests"] : testPaths)]);
  }
  if (everything || examplePaths.length > 0) {
    runs.push(["test", "--doc", ...common, ...(everything ? documented : examplePaths)]);
  }
  for (const parameters of runs) {
    counts = addCounts(counts, countTests(await runDeno(parameters, { env, echo: true })));
  }
} finally {
  await Deno.remove(resolution.folder, { recursive: true });
}
for (const line of skipLines(counts)) console.log(line);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(counts.failed > 0 ? 1 : 0);

/** A parameter that exists as a file or folder is a path, unless it is the value of `--filter`. */
function splitParameters(parameters: readonly string[]): { paths: string[]; options: string[] } {
  const paths: string[] = [], options: string[] = [];
  parameters.forEach((parameter, i) => {
    const isValue = parameters[i - 1] === "--filter";
    if (!parameter.startsWith("-") && !isValue && exists(parameter)) {
      paths.push(parameter.replace(/^\.\//, ""));
    } else options.push(parameter);
  });
  return { paths, options };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
