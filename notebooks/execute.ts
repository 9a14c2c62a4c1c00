/** Executes a notebook in a fresh Deno kernel, with `jupyter nbconvert`. */
import { dirname, join } from "node:path";
import {
  type Cell,
  isCode,
  nameOf,
  type NotebookFile,
  readNotebook,
  textOf,
} from "./notebook_file.ts";

/** What to say where no Jupyter is found. */
export const needsJupyter =
  "Cannot execute notebooks as there is no jupyter on the PATH: pip install jupyterlab (or nbconvert)";

/** How a run ended: the notebook with its outputs, unless the kernel broke off; and what went wrong. */
export interface Execution {
  readonly executed?: NotebookFile;
  readonly error?: string;
}

export interface ExecuteOptions {
  /** A folder of the runner's own, for the kernel's specification and everything that Jupyter writes. */
  readonly scratch: string;
  /** Variables for the kernel beside those of this process; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stops the run, and the kernel with it. */
  readonly signal?: AbortSignal;
}

/** What `deno jupyter --install` does, but where no other Jupyter of this machine sees it. */
export async function installKernel(scratch: string): Promise<void> {
  const folder = join(scratch, "kernels", "deno");
  await Deno.mkdir(folder, { recursive: true });
  const kernel = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
  };
  await Deno.writeTextFile(join(folder, "kernel.json"), JSON.stringify(kernel));
}

/** The variables that keep Jupyter's files within the scratch folder and let it see no kernel but that one's. */
export function jupyterEnvironment(scratch: string): Record<string, string> {
  return {
    JUPYTER_PATH: scratch,
    JUPYTER_DATA_DIR: join(scratch, "data"),
    JUPYTER_CONFIG_DIR: join(scratch, "config"),
    JUPYTER_RUNTIME_DIR: join(scratch, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(scratch, "lab"),
    JUPYTERLAB_WORKSPACES_DIR: join(scratch, "workspaces"),
    IPYTHONDIR: join(scratch, "ipython"),
    NO_COLOR: "1",
  };
}

/** Executes all cells, top to bottom, in the notebook's own folder; the file itself stays as it is. */
export async function executeNotebook(
  path: string,
  { scratch, env = {}, signal }: ExecuteOptions,
): Promise<Execution> {
  const folder = await Deno.makeTempDir({ dir: scratch });
  const pidFile = join(folder, "pid");
  const variables = { ...Deno.env.toObject(), ...jupyterEnvironment(scratch), ...env };
  let child;
  try {
    child = new Deno.Command("jupyter", {
      // deno-fmt-ignore
      args: [
        "nbconvert", "--execute", "--to", "notebook", "--stdin",
        "--output-dir", folder, "--output", "executed.ipynb",
        "--ExecutePreprocessor.kernel_name=deno",
        "--ExecutePreprocessor.timeout=900",
        // So that the failing cell and its error come back as data.
        "--ExecutePreprocessor.allow_errors=True",
      ],
      cwd: dirname(path),
      clearEnv: true,
      env: Object.fromEntries(Object.entries(variables).filter(isSet)),
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { error: needsJupyter };
  }
  const stopped = stopKernel(pidFile, child.status, signal);
  const [message, { success }] = await Promise.all([
    new Response(child.stderr).text(),
    child.status,
    send(child.stdin, JSON.stringify(withFirstCell(await readNotebook(path), pidFile))),
  ]);
  await stopped;
  if (signal?.aborted) return { error: "interrupted" };
  if (!success) return { error: lastLines(message) };
  const executed = withoutFirstCell(await readNotebook(join(folder, "executed.ipynb")));
  const error = firstError(executed);
  return error === undefined ? { executed } : { executed, error };
}

/**
 * The notebook with a cell before the others. It tells which process the kernel is, and waits a moment: what a kernel sends before
 * Jupyter's subscription to its messages has reached it is lost.
 */
function withFirstCell(notebook: NotebookFile, pidFile: string): NotebookFile {
  const source = `Deno.writeTextFileSync(${JSON.stringify(pidFile)}, String(Deno.pid));
await new Promise((resolve) => setTimeout(resolve, 1000));`;
  const cell: Cell = {
    cell_type: "code",
    execution_count: null,
    id: "bitbell-first",
    metadata: {},
    outputs: [],
    source,
  };
  return { ...notebook, cells: [cell, ...notebook.cells] };
}

function withoutFirstCell(notebook: NotebookFile): NotebookFile {
  return { ...notebook, cells: notebook.cells.slice(1) };
}

/**
 * Ends the kernel once the signal aborts, upon which Jupyter ends by itself; Jupyter ended from outside would leave the kernel running.
 * Settles when Jupyter has ended.
 */
async function stopKernel(
  pidFile: string,
  ended: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  let running = true;
  const end = ended.then(() => running = false);
  const aborted = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([end, aborted]);
  while (running) {
    try {
      Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGKILL");
      break;
    } catch (error) {
      // The kernel hasn't started yet, or is gone already.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await end;
}

async function send(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  try {
    await new Blob([text]).stream().pipeTo(stdin);
  } catch (error) {
    // Jupyter ended before it had read all: its own message says why.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** The first cell that failed and its error, undefined if none did. */
export function firstError(notebook: NotebookFile): string | undefined {
  for (const cell of notebook.cells.filter(isCode)) {
    for (const output of cell.outputs ?? []) {
      if (output.output_type !== "error") continue;
      const sentence = output.evalue || textOf(output.traceback);
      return `${nameOf(cell, notebook)} failed: ${output.ename}: ${sentence}`;
    }
  }
  return undefined;
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

/** The end of what Jupyter said, where its error stands. */
function lastLines(text: string): string {
  return text.trim().split("\n").slice(-8).join("\n");
}
