/** Runs one notebook with both kinds of data and holds it to what is committed. */
import { basename, join } from "node:path";
import { hasNoOutputs, missingOutputs } from "./compare_outputs.ts";
import { executeNotebook, type Execution } from "./execute.ts";
import {
  compareKeyNumbers,
  type DataKind,
  keepTolerances,
  type KeyNumbers,
  type KeyNumbersFile,
  readKeyNumbers,
} from "./key_numbers.ts";
import { withOutputs } from "./normalize.ts";
import { type NotebookFile, readNotebook } from "./notebook_file.ts";
import { unfitOutputs } from "./unfit_outputs.ts";

export interface CheckOptions {
  /** A folder of the runner's own; the kernel's specification stands there. */
  readonly scratch: string;
  /** What the key numbers are held to. */
  readonly expected: KeyNumbersFile;
  /** The data folder, for the second run; without one there is the run with embedded data only. */
  readonly dataFolder?: string;
  /** Folders that no output may name. */
  readonly folders: readonly string[];
  /** Takes the outputs and key numbers for the new ones in place of holding them to the committed ones. */
  readonly write: boolean;
  readonly signal?: AbortSignal;
}

/** One run of a notebook. */
export interface Run {
  readonly kind: DataKind;
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** What would be committed: the notebook's text and its key numbers. */
export interface Written {
  readonly text: string;
  readonly keyNumbers: Partial<Record<DataKind, KeyNumbers>>;
}

/** Calls `onRun` after each run; what to write where that was asked for and no run found a problem. */
export async function checkNotebook(
  path: string,
  options: CheckOptions,
  onRun: (run: Run) => void,
): Promise<Written | undefined> {
  const { expected, dataFolder, write } = options;
  const committed = await readNotebook(path);
  const known = expected[basename(path, ".ipynb")] ?? {};
  const keyNumbers: Partial<Record<DataKind, KeyNumbers>> = { ...known };
  const kinds: DataKind[] = dataFolder === undefined ? ["embedded"] : ["embedded", "data"];
  let text = "", failed = false;
  for (const kind of kinds) {
    const start = performance.now();
    const execution = await executeNotebook(path, {
      ...options,
      env: await environmentOf(kind, options),
    });
    const seconds = (performance.now() - start) / 1000;
    const { executed } = execution;
    const problems = findProblems(execution, committed, kind, known[kind] ?? {}, options);
    onRun({ kind, problems, seconds });
    failed ||= problems.length > 0;
    if (options.signal?.aborted) return undefined;
    if (executed === undefined) continue;
    keyNumbers[kind] = keepTolerances(readKeyNumbers(executed).numbers, known[kind] ?? {});
    if (kind === "embedded") text = withOutputs(committed, executed);
  }
  return write && !failed ? { text, keyNumbers } : undefined;
}

function findProblems(
  { executed, error }: Execution,
  committed: NotebookFile,
  kind: DataKind,
  expected: KeyNumbers,
  { write, folders }: CheckOptions,
): string[] {
  if (error !== undefined || executed === undefined) return [error ?? "it gave no notebook"];
  const { numbers, problems } = readKeyNumbers(executed);
  // What comes of a data folder is never committed.
  const unfit = kind === "embedded" ? unfitOutputs(executed, folders) : [];
  if (write) return [...problems, ...unfit];
  if (hasNoOutputs(committed)) {
    return [...problems, ...unfit, "it has no outputs to compare with: run it with --write"];
  }
  return [
    ...problems,
    ...unfit,
    ...missingOutputs(committed, executed),
    ...compareKeyNumbers(numbers, expected),
  ];
}

/** Without downloaded data, and with a network that leads nowhere: a notebook needs none. */
async function environmentOf(
  kind: DataKind,
  { scratch, dataFolder }: CheckOptions,
): Promise<Record<string, string | undefined>> {
  const cache = join(scratch, "empty");
  await Deno.mkdir(cache, { recursive: true });
  const nowhere = "http://127.0.0.1:9";
  return {
    BITBELL_DATA: kind === "data" ? dataFolder : undefined,
    BITBELL_CACHE: cache,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
  };
}
