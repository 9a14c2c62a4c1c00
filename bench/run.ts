import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { findData } from "../datasets/find_data.ts";
import { count } from "../lib/report/format.ts";
import { duration } from "./duration.ts";
import { makeHeader } from "./header.ts";
import { type BenchOptions, parseOptions, selectionOf } from "./options.ts";
import { startProgress } from "./progress.ts";
import { readEarlier, type Recorder, startRecord } from "./recorder.ts";
import { type CellKey, cellName } from "./results.ts";
import { prepareScene, type Scene } from "./scene.ts";
import { measureSpeed } from "./speed.ts";
import type { BenchTable } from "./tables/table.ts";

const outFolder = join(import.meta.dirname!, "out");

/** What a run is about, as far as it is known before. */
interface Plan {
  readonly cells: readonly { readonly table: BenchTable; readonly key: CellKey }[];
  /** About how many seconds a cell takes; 0 where an earlier run's is used. */
  readonly estimate: (table: BenchTable, key: CellKey) => number;
}

/** One run of the bench: says what it will do, computes the cells, keeps them in a file, and prints the tables. */
export async function runBench(
  options: BenchOptions,
  tables: readonly BenchTable[],
): Promise<void> {
  const start = performance.now();
  const interruption = onInterrupt();
  const location = findData();
  console.log(location.line);

  const workers = options.workers ?? navigator.hardwareConcurrency;
  const scene = await prepareScene({ selection: selectionOf(options), tables, location, workers });
  for (const note of scene.notes) console.log(note);
  const path = resultsPath(options, tables);
  const header = makeHeader(options, scene);
  const earlier = options.resume ? readEarlier(path, header) : undefined;
  if (typeof earlier === "string") console.log(`Nothing to resume: ${earlier}`);
  const recorder = startRecord({
    path,
    header,
    tables: scene.tables.map(({ name }) => name),
    notes: scene.notes,
    workers,
    ...(typeof earlier === "object" ? { earlier } : {}),
  });

  const plan = await planCells(scene, recorder, workers);
  console.log(planLine(scene, recorder, plan));
  interruption.say = () =>
    `${recorder.results().cells.length} of ${plan.cells.length} cells are in ${
      shown(path)
    }; --resume goes on from there`;
  try {
    await runCells(scene, recorder, plan, interruption);
  } finally {
    scene.close();
  }
  recorder.finish();
  interruption.end();
  console.log(`\nResults: ${shown(path)}, after ${duration((performance.now() - start) / 1000)}`);
}

/**
 * The file of results: the one that was named, else one whose name follows from the selection.
 *
 * @throws {Error} If the file that was named may not be written: better now than after the first cell.
 */
function resultsPath(options: BenchOptions, tables: readonly BenchTable[]): string {
  // A task runs in the repository's root, wherever it was started.
  if (options.json !== undefined) {
    const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), options.json);
    if (Deno.permissions.querySync({ name: "write", path }).state !== "granted") {
      throw new Error(`Cannot write ${path}: the permission to write is for bench/out only`);
    }
    if (isFolder(path)) throw new Error(`Cannot write ${path}: it is a folder`);
    return path;
  }
  const names = tables.map(({ name }) => name);
  const text = (options: BenchOptions) => JSON.stringify(selectionOf(options));
  const name = text(options) === text(parseOptions([], names))
    ? "default"
    : text(options) === text(parseOptions(["--full"], names))
    ? "full"
    : `selection-${createHash("sha256").update(text(options)).digest("hex").slice(0, 8)}`;
  return join(outFolder, `${name}.json`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function planCells(
  scene: Scene,
  recorder: Recorder,
  workers: number,
): Promise<Plan> {
  const earlier = recorder.earlierCells;
  const cells = scene.tables.flatMap((table) =>
    table.plan(scene, earlier).map((key) => ({ table, key }))
  );
  const missing = cells.filter(({ key }) => recorder.earlier(key) === undefined);
  const speed = missing.length === 0 ? undefined : await measureSpeed(scene, {
    workers,
    settings: missing.flatMap(({ key }) => key.setting ?? []),
    evaluates: missing.some(({ table }) => table.dataset !== undefined || table.anyDataset),
  });
  return {
    cells,
    estimate: (table, key) => recorder.earlier(key) ? 0 : table.estimate(key, speed!),
  };
}

/** What is to come: cells, images and minutes. */
function planLine(scene: Scene, recorder: Recorder, { cells, estimate }: Plan): string {
  const done = cells.filter(({ key }) => recorder.earlier(key) !== undefined).length;
  const tables = scene.tables.map(({ name }) =>
    `${name} ${cells.filter(({ table }) => table.name === name).length}`
  );
  const images = scene.sets.map(({ record }) => `${count(record.images)} images of ${record.name}`);
  const seconds = cells.reduce((sum, { table, key }) => sum + estimate(table, key), 0);
  return `Plan: ${count(cells.length)} cells (${tables.join(", ")})` +
    (done === 0 ? "" : `, ${done} of them read back`) +
    `; ${images.length === 0 ? "no images" : images.join(", ")}; about ${duration(seconds)}`;
}

async function runCells(
  scene: Scene,
  recorder: Recorder,
  { cells, estimate }: Plan,
  interruption: Interruption,
): Promise<void> {
  const progress = startProgress(
    cells.reduce((sum, { table, key }) => sum + estimate(table, key), 0),
  );
  interruption.clear = progress.clear;
  let done = 0;
  try {
    for (const table of scene.tables) {
      for (const key of keysToDo(table, scene, recorder)) {
        const earlier = recorder.earlier(key);
        if (earlier !== undefined) {
          recorder.add(earlier);
          continue;
        }
        const name = cellName(key);
        const start = performance.now();
        progress.update(done, name);
        const result = await runCell(table, key, scene, (fraction) => {
          progress.update(done + fraction * estimate(table, key), name);
        });
        recorder.add({ key, result }, (performance.now() - start) / 1000);
        done += estimate(table, key);
      }
      progress.clear();
      console.log(`\n${table.draw(recorder.results()).trimEnd()}`);
    }
  } finally {
    progress.clear();
  }
}

/** The cells of a table, one after the other: the next one may follow from the results of those before it. */
function* keysToDo(table: BenchTable, scene: Scene, recorder: Recorder): Generator<CellKey> {
  const started = new Set<string>();
  for (;;) {
    const key = table.plan(scene, recorder.results().cells)
      .find((key) => !started.has(cellName(key)));
    if (key === undefined) return;
    started.add(cellName(key));
    yield key;
  }
}

/** Computes a cell; an error names the file that it is about. */
async function runCell(
  table: BenchTable,
  key: CellKey,
  scene: Scene,
  onProgress: (fraction: number) => void,
): Promise<unknown> {
  try {
    return await table.run(key, scene, onProgress);
  } catch (error) {
    const { file } = scene.network(key.network).record;
    throw new Error(`Cannot measure ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** What happens on Ctrl-C: at any moment, as every write is whole. */
interface Interruption {
  /** What is said of what was done so far. */
  say: () => string;
  /** Takes away what is on the line. */
  clear: () => void;
  /** From here on, Ctrl-C is as usual. */
  readonly end: () => void;
}

function onInterrupt(): Interruption {
  const listener = () => {
    interruption.clear();
    console.error(`Interrupted: ${interruption.say()}`);
    Deno.exit(130);
  };
  const interruption: Interruption = {
    say: () => "nothing was measured yet",
    clear: () => {},
    end: () => Deno.removeSignalListener("SIGINT", listener),
  };
  Deno.addSignalListener("SIGINT", listener);
  return interruption;
}

function shown(path: string): string {
  const fromHere = relative(Deno.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}
