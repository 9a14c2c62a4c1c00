/**
 * `deno task notebooks`: executes every notebook of this folder top to bottom, each in a fresh Deno kernel, and fails at the
 * first cell that throws. Names of notebooks may follow; `--save` stores the outputs in the notebooks. Needs `jupyter nbconvert`
 * (`pip install nbconvert`, or Debian's jupyter-nbconvert).
 */

const folder = new URL("./", import.meta.url);
const save = Deno.args.includes("--save");
const wanted = Deno.args.filter((argument) => argument !== "--save");
const notebooks = wanted.length > 0 ? wanted.map(baseName) : [...Deno.readDirSync(folder)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".ipynb"))
  .sort();

const scratch = await Deno.makeTempDir({ prefix: "bitbell-notebooks-" });
let failed = 0;
try {
  await installKernel(scratch);
  for (const name of notebooks) {
    const start = performance.now();
    const error = await execute(name);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name} ... ${error === undefined ? "ok" : "FAILED"} (${seconds} s)`);
    if (error === undefined) continue;
    failed++;
    console.log(error);
  }
} finally {
  await Deno.remove(scratch, { recursive: true });
}
console.log(`${notebooks.length - failed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);

/** What `deno jupyter --install` does, but where no other Jupyter of this machine sees it. */
async function installKernel(folder: string): Promise<void> {
  const kernel = `${folder}/kernels/deno`;
  await Deno.mkdir(kernel, { recursive: true });
  await Deno.writeTextFile(
    `${kernel}/kernel.json`,
    JSON.stringify({
      argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
    }),
  );
}

/** Runs one notebook; what went wrong, or undefined. */
async function execute(name: string): Promise<string | undefined> {
  let result;
  try {
    result = await new Deno.Command("jupyter", {
      // deno-fmt-ignore
      args: [
        "nbconvert", "--execute", "--to", "notebook", name,
        "--output-dir", scratch,
        "--ExecutePreprocessor.kernel_name=deno",
        "--ExecutePreprocessor.timeout=600",
      ],
      cwd: folder,
      env: {
        JUPYTER_PATH: scratch,
        JUPYTER_CONFIG_DIR: scratch,
        JUPYTER_RUNTIME_DIR: scratch,
        IPYTHONDIR: scratch,
        NO_COLOR: "1",
      },
      stdout: "piped",
      stderr: "piped",
    }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "Cannot execute notebooks as there is no jupyter on the PATH: pip install nbconvert";
  }
  if (!result.success) return new TextDecoder().decode(result.stderr).trim();
  const executed = JSON.parse(await Deno.readTextFile(`${scratch}/${name}`));
  if (save) await Deno.writeTextFile(new URL(name, folder), normalized(executed));
  return undefined;
}

interface Notebook {
  cells: { source: string[]; metadata: Record<string, unknown> }[];
  metadata: Record<string, unknown>;
}

/** The notebook without what differs from run to run and from machine to machine. */
function normalized(notebook: Notebook): string {
  for (const cell of notebook.cells) {
    delete cell.metadata["execution"];
    // `deno fmt --check` takes a cell for formatted only if it ends with a line feed.
    cell.source.push(`${cell.source.pop()?.trimEnd() ?? ""}\n`);
  }
  notebook.metadata = {
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
    language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" },
  };
  // One line for each chart: indented, its numbers would take most of the file.
  const charts: string[] = [];
  const text = JSON.stringify(
    notebook,
    (key, value) =>
      key.startsWith("application/vnd.vegalite")
        ? `chart ${charts.push(JSON.stringify(value)) - 1}`
        : value,
    1,
  );
  return text.replace(/"chart (\d+)"/g, (_, i) => charts[i]!) + "\n";
}

function baseName(path: string): string {
  return path.split("/").at(-1)!;
}
