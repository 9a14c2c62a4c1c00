import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { checkNotebook, type CheckOptions, type Run } from "../../notebooks/check_notebook.ts";
import { installKernel } from "../../notebooks/execute.ts";
import { keyNumbersMime } from "../../notebooks/key_numbers.ts";
import type { NotebookFile } from "../../notebooks/notebook_file.ts";
import { jupyterTest } from "../needs_jupyter.ts";
import { notebookOf, shown } from "./notebook_of.ts";

/** The end of a cell, as `show` of a notebook ends: the word that a cell has ended may overtake its last output. */
const delivery = "await new Promise((resolve) => setTimeout(resolve, 300));";

const showNumber = `
await Deno.jupyter.display({ "text/plain": "a table", "${keyNumbersMime}": { answer: 42 } }, { raw: true });
${delivery}`;

/** Runs a notebook in a folder of its own, and returns what was found and what the file holds afterwards. */
async function check(notebook: NotebookFile, options: Partial<CheckOptions> = {}) {
  const folder = await Deno.makeTempDir();
  const scratch = await Deno.makeTempDir();
  try {
    const path = join(folder, "small.ipynb");
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    await installKernel(scratch);
    const expected = { small: { embedded: { answer: { value: 42, tolerance: 0 } } } };
    const runs: Run[] = [];
    const written = await checkNotebook(
      path,
      { scratch, expected, folders: [folder], write: false, ...options },
      (run) => runs.push(run),
    );
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["small.ipynb"]);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), notebook);
    return { runs, problems: runs.map(({ problems }) => problems), written };
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(scratch, { recursive: true });
  }
}

jupyterTest(
  "checkNotebook() passes a notebook whose outputs and key numbers are the expected ones",
  async () => {
    const outputs = [shown({ "text/plain": "a table", [keyNumbersMime]: {} })];
    const { problems, written } = await check(notebookOf({ source: showNumber, outputs }));
    assertEquals(problems, [[]]);
    assertEquals(written, undefined);
  },
);

jupyterTest("checkNotebook() names the cell that failed, and its error's sentence", async () => {
  const { problems } = await check(
    notebookOf("const a = 1;", 'throw new RangeError("Cannot round 1.5 as it is odd");', "a"),
  );
  assertEquals(problems, [[
    "code cell 2 (cell-2) failed: RangeError: Cannot round 1.5 as it is odd",
  ]]);
});

jupyterTest("checkNotebook() tells of a kernel that dies in a cell", async () => {
  const { problems } = await check(
    notebookOf('Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {});'),
  );
  assertMatch(problems[0]!.join("\n"), /kernel died|DeadKernel/i);
});

jupyterTest(
  "checkNotebook() lists missing outputs, other key numbers, and folders in outputs",
  async () => {
    const outputs = [shown({ "image/svg+xml": "<svg/>" })];
    const { problems } = await check(
      notebookOf({ source: `${showNumber}\nconsole.log(Deno.cwd());`, outputs }),
      { expected: { small: { embedded: { answer: { value: 41, tolerance: 0.01 } } } } },
    );
    const [folder, ...others] = problems[0]!;
    assertMatch(folder!, /^code cell 1 \(cell-1\) shows the folder .+ of this machine$/);
    assertEquals(others, [
      "code cell 1 (cell-1) lacks an output: display_data image/svg+xml",
      'key number "answer" is 42 in place of 41 (tolerance 0.01)',
    ]);
  },
);

jupyterTest(
  "checkNotebook() asks for key numbers, and for --write where a notebook has no outputs yet",
  async () => {
    const { problems } = await check(notebookOf("const a = 1;"));
    assertEquals(problems, [[
      "no cell shows key numbers",
      "it has no outputs to compare with: run it with --write",
    ]]);
  },
);

jupyterTest(
  "checkNotebook() with write gives the same bytes twice, with both kinds of data",
  async () => {
    const source = `
const data = Deno.env.get("BITBELL_DATA") ?? "none";
console.log(data === "none" ? "embedded" : "data", Deno.execPath().length > 0);
await Deno.jupyter.display({ "${keyNumbersMime}": { length: data.length } }, { raw: true });
await Deno.jupyter.display({ "text/plain": "50 %" }, { raw: true, display_id: crypto.randomUUID() });
${delivery}`;
    const options = { write: true, dataFolder: "/nowhere", expected: {} };
    const { problems, written } = await check(notebookOf(source), options);
    assertEquals(problems, [[], []]);
    assertEquals(written!.keyNumbers, {
      embedded: { length: { value: "none".length, tolerance: 1e-6 } },
      data: { length: { value: "/nowhere".length, tolerance: 1e-6 } },
    });
    assertStringIncludes(written!.text, "embedded true");
    const again = await check(JSON.parse(written!.text), options);
    assertEquals(again.written!.text, written!.text);
  },
);

jupyterTest("checkNotebook() writes nothing where an output holds pixels", async () => {
  const source = `${showNumber}
await Deno.jupyter.display({ "image/png": "AAAA" }, { raw: true });
${delivery}`;
  const { problems, written } = await check(notebookOf(source), { write: true });
  assertEquals(problems, [["code cell 1 (cell-1) shows a picture of pixels: image/png"]]);
  assertEquals(written, undefined);
});

jupyterTest("checkNotebook() gives cells no network", async () => {
  const { problems } = await check(
    notebookOf('await fetch("https://registry.npmjs.org/is-odd");', showNumber),
  );
  assertStringIncludes(
    problems[0]!.join(),
    "code cell 1 (cell-1) failed: TypeError: fetch failed",
  );
});

jupyterTest(
  "deno task notebooks --write stores the same bytes twice, and then passes",
  async () => {
    const folder = await Deno.makeTempDir();
    const paths = ["small.ipynb", "key_numbers.json"].map((name) => join(folder, name));
    await Deno.writeTextFile(paths[0]!, JSON.stringify(notebookOf(showNumber)));
    const stored: string[][] = [];
    for (const options of [["--write"], ["--write"], []]) {
      const { code, stdout } = await notebooksTask([paths[0]!, ...options]).output();
      const output = new TextDecoder().decode(stdout);
      assertStringIncludes(output, "1 passed, 0 failed\n");
      assertEquals(code, 0, output);
      stored.push(await Promise.all(paths.map((path) => Deno.readTextFile(path))));
    }
    assertStringIncludes(stored[0]![0]!, "a table");
    assertEquals(JSON.parse(stored[0]![1]!), {
      small: { embedded: { answer: { value: 42, tolerance: 1e-6 } } },
    });
    assertEquals(stored[1], stored[0]);
    assertEquals(stored[2], stored[0]);
    await Deno.remove(folder, { recursive: true });
  },
);

jupyterTest(
  "deno task notebooks, terminated, ends its kernel and leaves everything as it was",
  async () => {
    const folder = await Deno.makeTempDir();
    const [path, heartbeat, temporary] = ["a.ipynb", "heartbeat", "tmp"].map((name) =>
      join(folder, name)
    );
    const source = `let count = 0;
setInterval(() => Deno.writeTextFileSync(${JSON.stringify(heartbeat)}, String(++count)), 100);
await new Promise(() => {});`;
    await Deno.writeTextFile(path!, JSON.stringify(notebookOf(source)));
    await Deno.mkdir(temporary!);
    const run = notebooksTask([path!, "--write"], { TMPDIR: temporary! }).spawn();
    const output = new Response(run.stdout).text();
    const errors = new Response(run.stderr).text();
    while (!exists(heartbeat!)) await pause(100);
    run.kill("SIGTERM");
    const { code } = await run.status;
    assertStringIncludes(await output, "interrupted\n0 passed, 0 failed\n");
    assertEquals([code, await errors], [130, ""]);
    const beats = await Deno.readTextFile(heartbeat!);
    await pause(500);
    assertEquals(await Deno.readTextFile(heartbeat!), beats);
    assertEquals(JSON.parse(await Deno.readTextFile(path!)), notebookOf(source));
    assertEquals([...Deno.readDirSync(temporary!)], []);
    await Deno.remove(folder, { recursive: true });
  },
);

/** The task with embedded data only. */
function notebooksTask(args: string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "-A", join(import.meta.dirname!, "../../notebooks/run.ts"), ...args],
    env: { BITBELL_DATA: "", NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
