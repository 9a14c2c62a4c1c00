import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { findData } from "../datasets/find_data.ts";
import { withImageNet } from "../datasets/find_images.ts";
import { count } from "../lib/report/format.ts";
import { markdownPage } from "../lib/report/page.ts";
import { duration } from "./duration.ts";
import { makeHeader } from "./header.ts";
import { openJournal } from "./journal.ts";
import { removeLeftovers } from "./leftovers.ts";
import { type BenchOptions, parseOptions, selectionOf } from "./options.ts";
import { writeOutputs } from "./outputs.ts";
import { type PreparedScene, prepareScene } from "./prepare_scene.ts";
import { startProgress } from "./progress.ts";
import { type BenchResults, type CellKey, cellName } from "./results.ts";
import {
  type CellStore,
  type FilledStore,
  openStore,
  type PlannedCell,
  runCells,
} from "./run_cells.ts";
import { imagesOf } from "./scene.ts";
import { speedOf } from "./speed.ts";
import type { BenchTable } from "./tables/table.ts";
import { startWorkerProcess, WorkerDied, type WorkerProcess } from "./worker_process.ts";

const defaultFolder = join(import.meta.dirname!, "out");

/** About how many seconds a cell takes on a core. */
type Estimate = (planned: PlannedCell) => number;

/**
 * One run of the bench: says what it will do, computes the cells that the journal doesn't have, prints the tables, and writes the results.
 *
 * @returns The exit code: 1 if a cell could not be computed.
 */
export async function runBench(
  options: BenchOptions,
  tables: readonly BenchTable[],
): Promise<number> {
  const begin = performance.now();
  const started = new Date().toISOString();
  const interruption = onInterrupt();
  const location = withImageNet(findData());
  console.log(location.line);

  const folder = outputFolder(options);
  const name = options.name ?? nameOf(options, tables);
  const journal = openJournal(join(folder, "journal.sqlite"));
  const imageFolder = join(folder, "images");
  Deno.mkdirSync(imageFolder, { recursive: true });
  [folder, imageFolder].forEach(removeLeftovers);
  const workers = options.workers ?? navigator.hardwareConcurrency;
  const prepared = await prepareScene({
    selection: selectionOf(options),
    tables,
    location,
    imageFolder,
  });
  const { scene } = prepared;
  for (const note of prepared.notes) console.log(note);
  const header = makeHeader(options, scene);
  const store = openStore({
    tables: prepared.measured,
    scene,
    journal,
    versions: header.versions,
    fresh: options.fresh,
  });
  const results = (): BenchResults => ({
    header,
    complete: store.missing().length === 0 && store.failures().length === 0,
    tables: prepared.tables.map(({ name }) => name),
    notes: prepared.notes,
    failures: store.failures(),
    timing: {
      started,
      cores: navigator.hardwareConcurrency,
      workers,
      seconds: Math.round(performance.now() - begin) / 1000,
      computed: store.computed(),
      cells: store.timings(),
    },
    cells: store.cells(),
  });

  const missing = store.missing();
  const start = () => startWorkerProcess(scene, folder);
  const { first, estimate } = await startFirst(prepared, missing, start);
  console.log(planLine(prepared, store, estimate, workers));
  interruption.say = () =>
    `${count(store.cells().length)} cells are in ${
      shown(join(folder, "journal.sqlite"))
    }; the same command goes on from there`;

  const printer = startPrinter(prepared.tables, store, results);
  printer.print();
  if (first !== undefined) {
    await computeAll({ prepared, store, estimate, workers, first, start, printer, interruption });
  }
  const path = await writeOutputs(results(), { tables: prepared.tables, folder, name });
  for (const { message } of store.failures()) console.error(message);
  journal.close();
  interruption.end();
  console.log(
    `\nResults: ${shown(path)}, with .md, .html and .csv beside it, details included, after ${
      duration((performance.now() - begin) / 1000)
    }`,
  );
  return store.failures().length === 0 ? 0 : 1;
}

/** @throws {Error} If it can't be made: better now than after the first cell. */
function outputFolder({ out }: BenchOptions): string {
  if (out === undefined) return defaultFolder;
  // A task runs in the repository's root, wherever it was started.
  const folder = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), out);
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Error(`Cannot write to ${folder}: ${(error as Error).message}`, { cause: error });
  }
  return folder;
}

/** What the files of a selection's results are called. */
function nameOf(options: BenchOptions, tables: readonly BenchTable[]): string {
  const names = tables.map(({ name }) => name);
  const text = (options: BenchOptions) => JSON.stringify(selectionOf(options));
  if (text(options) === text(parseOptions([], names))) return "default";
  if (text(options) === text(parseOptions(["--full"], names))) return "full";
  return `selection-${createHash("sha256").update(text(options)).digest("hex").slice(0, 8)}`;
}

/** Starts a worker, if there is work, and asks it how fast it is; one that dies over it is replaced. */
async function startFirst(
  { scene }: PreparedScene,
  missing: readonly PlannedCell[],
  start: () => Promise<WorkerProcess>,
): Promise<{ readonly first?: WorkerProcess; readonly estimate: Estimate }> {
  if (missing.length === 0) return { estimate: () => 0 };
  const evaluated = missing.filter(({ table, key }) =>
    (table.dataset !== undefined || table.anyDataset) && imagesOf(scene, key.network) !== undefined
  );
  const question = {
    kind: "speed",
    settings: missing.flatMap(({ key }) => key.setting ?? []),
    networks: [...new Set(evaluated.map(({ key }) => key.network))],
  } as const;
  const ask = async () => {
    const worker = await start();
    return { worker, ...await worker.ask(question) };
  };
  const { worker: first, speed } = await ask().catch((error) => {
    if (error instanceof WorkerDied) return ask();
    throw error;
  });
  const measured = speedOf(scene, speed);
  return { first, estimate: ({ table, key }) => table.estimate(key, measured) };
}

/** What is to come: cells, images and minutes. */
function planLine(
  prepared: PreparedScene,
  store: CellStore,
  estimate: Estimate,
  workers: number,
): string {
  const { scene, measured } = prepared;
  const missing = store.missing();
  const tentative = tentativeCells(prepared, store);
  const known = store.cells().length;
  const total = known + missing.length + tentative.length;
  const counts = measured.map((table) => {
    const of = (cells: readonly { readonly key: CellKey }[]) =>
      cells.filter(({ key }) => key.table === table.name).length;
    return { name: table.name, cells: of(store.cells()) + of(missing) + of(tentative) };
  }).filter(({ cells }) => cells > 0).map(({ name, cells }) => `${name} ${count(cells)}`);
  const images = scene.sets.map(({ record }) => `${count(record.images)} images of ${record.name}`);
  const seconds = [...missing, ...tentative].reduce((sum, cell) => sum + estimate(cell), 0);
  return `Plan: ${count(total)} ${total === 1 ? "cell" : "cells"} (${counts.join(", ")})` +
    (known === 0 ? "" : `, ${count(known)} of them in the journal`) +
    `; ${images.length === 0 ? "no images" : images.join(", ")}` +
    (total === known ? "" : `; about ${duration(seconds / workers)}`);
}

/** The cells that are yet to follow from the results of others, or as many of that kind. */
function tentativeCells(
  { scene, measured }: PreparedScene,
  store: CellStore,
): readonly PlannedCell[] {
  return measured.flatMap((table) =>
    (table.tentative?.(scene, store.cells()) ?? []).map((key) => ({ table, key }))
  );
}

async function computeAll(
  { prepared, store, estimate, workers, first, start, printer, interruption }: {
    readonly prepared: PreparedScene;
    readonly store: FilledStore;
    readonly estimate: Estimate;
    readonly workers: number;
    readonly first: WorkerProcess;
    readonly start: () => Promise<WorkerProcess>;
    readonly printer: Printer;
    readonly interruption: Interruption;
  },
): Promise<void> {
  const planned = new Map(
    [...store.missing(), ...tentativeCells(prepared, store)]
      .map((cell) => [cellName(cell.key), estimate(cell)]),
  );
  const progress = startProgress({
    seconds: planned.values().reduce((sum, seconds) => sum + seconds, 0),
    cells: planned.size,
  });
  interruption.clear = progress.clear;
  const fractions = new Map<string, number>();
  let seconds = 0, cells = 0;
  const update = (key: CellKey) => {
    const underWay = fractions.entries()
      .reduce((sum, [name, fraction]) => sum + fraction * (planned.get(name) ?? 0), 0);
    progress.update({ seconds: seconds + underWay, cells, what: cellName(key) });
  };
  try {
    await runCells(store, prepared.scene, {
      workers,
      first,
      start,
      listeners: {
        onProgress(key, fraction) {
          fractions.set(cellName(key), fraction);
          update(key);
        },
        onSettled(cell) {
          const { key } = cell;
          fractions.delete(cellName(key));
          // Not by its name: which cells follow from others' results was not known.
          seconds += estimate(cell);
          cells += 1;
          if (printer.isReady()) progress.clear();
          printer.print();
          update(key);
        },
      },
    });
  } finally {
    progress.clear();
  }
}

/** Prints the tables in their order, each as soon as it is complete. */
interface Printer {
  readonly isReady: () => boolean;
  readonly print: () => void;
}

function startPrinter(
  tables: readonly BenchTable[],
  store: CellStore,
  results: () => BenchResults,
): Printer {
  const queue = [...tables];
  const isReady = () => {
    const [next] = queue;
    return next !== undefined && store.isComplete(next);
  };
  return {
    isReady,
    print() {
      while (isReady()) {
        const page = queue.shift()!.page(results());
        console.log(`\n${markdownPage(page, { details: false }).trimEnd()}`);
      }
    },
  };
}

/** What happens on Ctrl-C: at any moment, as every cell that was computed is in the journal. */
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
    say: () => "nothing new was measured yet",
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
