/**
 * `deno task notebooks`: executes notebooks of this folder top to bottom, each in a fresh Deno kernel, first with nothing but the
 * embedded data, then, where BITBELL_DATA is set, with that too. Fails where a cell does, where an output is missing, and where a key
 * number differs from the key_numbers.json beside the notebook. Names may follow (`02`, `02_lloyd_max`, or the path of any notebook);
 * `--write` stores the embedded run's outputs and the key numbers. Needs Jupyter (`pip install jupyterlab`, or nbconvert alone).
 */
import { basename, dirname, join, resolve } from "node:path";
import { cacheModules, repository } from "./cache_modules.ts";
import { checkNotebook, type Run } from "./check_notebook.ts";
import { installKernel, needsJupyter } from "./execute.ts";
import { readKeyNumbersFile, writeKeyNumbersFile } from "./key_numbers.ts";

/** What a reader waits for at most; longer is worth a word and no failure, as it depends on the machine. */
const patienceInSeconds = 180;

const folder = import.meta.dirname!;

Deno.exit(await main(Deno.args));

/** The exit code. */
async function main(parameters: readonly string[]): Promise<number> {
  const unknown = parameters.filter((each) => each.startsWith("-") && each !== "--write");
  const notebooks = findNotebooks(parameters.filter((each) => !each.startsWith("-")));
  if (unknown.length > 0 || typeof notebooks === "string") {
    console.error(
      typeof notebooks === "string"
        ? notebooks
        : `Cannot use ${unknown.join(" ")}: there is only --write`,
    );
    return 2;
  }
  if (!await hasJupyter()) {
    console.error(needsJupyter);
    return 1;
  }
  return await runAll(notebooks, parameters.includes("--write"));
}

/** The paths of the notebooks of these names, of all without names; a sentence where there is none of a name. */
function findNotebooks(names: readonly string[]): string[] | string {
  const all = [...Deno.readDirSync(folder)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"))
    .sort();
  if (names.length === 0) return all.map((name) => join(folder, name));
  const chosen = new Set<string>();
  for (const name of names) {
    const path = resolve(Deno.env.get("INIT_CWD") ?? ".", name);
    const start = basename(name, ".ipynb");
    const found = name.endsWith(".ipynb") && exists(path)
      ? [path]
      : all.filter((each) => each === `${start}.ipynb` || each.startsWith(`${start}_`))
        .map((each) => join(folder, each));
    if (found.length === 0) return `Cannot find the notebook ${name}: there are ${all.join(", ")}`;
    found.forEach((each) => chosen.add(each));
  }
  return [...chosen];
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function hasJupyter(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("jupyter", {
      args: ["nbconvert", "--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function runAll(notebooks: readonly string[], write: boolean): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupt);

  const dataFolder = findDataFolder();
  console.log(`with the embedded data${dataFolder ? `, and with ${dataFolder}` : " only"}`);
  const scratch = await Deno.makeTempDir({ prefix: "bitbell-notebooks-" });
  const counts = { passed: 0, failed: 0 };
  try {
    await installKernel(scratch);
    await cacheModules();
    for (const path of notebooks) {
      const keyNumbersPath = join(dirname(path), "key_numbers.json");
      const expected = await readKeyNumbersFile(keyNumbersPath);
      const written = await checkNotebook(path, {
        scratch,
        expected,
        ...(dataFolder === undefined ? {} : { dataFolder }),
        folders: [repository, scratch, ...homes(), ...(dataFolder ? [dataFolder] : [])],
        write,
        signal: interruption.signal,
      }, (run) => {
        if (interruption.signal.aborted) return;
        counts[run.problems.length === 0 ? "passed" : "failed"]++;
        report(basename(path), run);
      });
      if (interruption.signal.aborted) break;
      if (written === undefined) continue;
      // In one go, so that an interruption leaves whole files.
      Deno.writeTextFileSync(path, written.text);
      expected[basename(path, ".ipynb")] = written.keyNumbers;
      writeKeyNumbersFile(keyNumbersPath, expected);
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  if (interruption.signal.aborted) console.log("interrupted");
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (interruption.signal.aborted) return 130;
  return counts.failed > 0 ? 1 : 0;
}

function report(name: string, { kind, problems, seconds }: Run): void {
  const long = seconds > patienceInSeconds
    ? `: longer than the ${patienceInSeconds / 60} minutes that a reader waits`
    : "";
  const result = problems.length === 0 ? "ok" : "FAILED";
  console.log(`${name}, ${kind} ... ${result} (${seconds.toFixed(1)} s${long})`);
  for (const problem of problems) console.log(`  ${problem.replaceAll("\n", "\n  ")}`);
}

/** The folder that BITBELL_DATA names, as seen from where the task was called. */
function findDataFolder(): string | undefined {
  const named = Deno.env.get("BITBELL_DATA");
  return named ? resolve(Deno.env.get("INIT_CWD") ?? ".", named) : undefined;
}

/** Folders of the person who runs this. */
function homes(): string[] {
  const named = [Deno.env.get("HOME"), Deno.env.get("USERPROFILE")];
  return named.filter((home) => home !== undefined && home.length > 1) as string[];
}
