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

/** A cell that a run is about. */
interface PlannedCell {
  readonly table: BenchTable;
  readonly key: CellKey;
  /** In seconds; 0 where an earlier run's is used. */
  readonly estimate: number;
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

  const planned = await planCells(scene, recorder, workers);
  console.log(planLine(scene, recorder, planned));
  interruption.say = () =>
    `${recorder.results().cells.length} of ${planned.length} cells are in ${
      shown(path)
    }; --resume goes on from there`;
  try {
    await runCells(scene, recorder, planned, interruption);
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
): Promise<readonly PlannedCell[]> {
  const cells = scene.tables.flatMap((table) => table.plan(scene).map((key) => ({ table, key })));
  const missing = cells.filter(({ key }) => recorder.earlier(key) === undefined);
  const evaluates = missing.some(({ table }) => table.dataset !== undefined);
  const speed = missing.length === 0
    ? undefined
    : await measureSpeed(scene, { workers, evaluates });
  return cells.map(({ table, key }) => ({
    table,
    key,
    estimate: recorder.earlier(key) === undefined ? table.estimate(key, speed!) : 0,
  }));
}

/** What is to come: cells, images and minutes. */
function planLine(scene: Scene, recorder: Recorder, cells: readonly PlannedCell[]): string {
  const done = cells.filter(({ key }) => recorder.earlier(key) !== undefined).length;
  const tables = scene.tables.map(({ name }) =>
    `${name} ${cells.filter(({ table }) => table.name === name).length}`
  );
  const images = scene.sets.map(({ record }) => `${count(record.images)} images of ${record.name}`);
  const seconds = cells.reduce((sum, { estimate }) => sum + estimate, 0);
  return `Plan: ${count(cells.length)} cells (${tables.join(", ")})` +
    (done === 0 ? "" : `, ${done} of them read back`) +
    `; ${images.length === 0 ? "no images" : images.join(", ")}; about ${duration(seconds)}`;
}

async function runCells(
  scene: Scene,
  recorder: Recorder,
  planned: readonly PlannedCell[],
  interruption: Interruption,
): Promise<void> {
  const progress = startProgress(planned.reduce((sum, { estimate }) => sum + estimate, 0));
  interruption.clear = progress.clear;
  let done = 0;
  try {
    for (const table of scene.tables) {
      for (const { key, estimate } of planned.filter((cell) => cell.table === table)) {
        const earlier = recorder.earlier(key);
        if (earlier !== undefined) {
          recorder.add(earlier);
          continue;
        }
        const name = cellName(key);
        const start = performance.now();
        progress.update(done, name);
        const result = await runCell(table, key, scene, (fraction) => {
          progress.update(done + fraction * estimate, name);
        });
        recorder.add({ key, result }, (performance.now() - start) / 1000);
        done += estimate;
      }
      progress.clear();
      console.log(`\n${table.draw(recorder.results()).trimEnd()}`);
    }
  } finally {
    progress.clear();
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
