import { cellInputs } from "./cell_inputs.ts";
import type { Journal } from "./journal.ts";
import { type Cell, type CellFailure, type CellKey, cellName, type CellTiming } from "./results.ts";
import { networkOf, type Scene } from "./scene.ts";
import type { BenchTable } from "./tables/table.ts";
import { WorkerDied, type WorkerProcess } from "./worker_process.ts";

/** What a run has so far. */
export interface CellStore {
  /** The cells that there are, in the order of the plan. */
  readonly cells: () => readonly Cell[];
  readonly failures: () => readonly CellFailure[];
  /** How long each cell took, by its name. */
  readonly timings: () => Readonly<Record<string, CellTiming>>;
  /** How many cells were computed, not read from the journal. */
  readonly computed: () => number;
  /** The cells of the plan that are neither there nor failed. */
  readonly missing: () => readonly PlannedCell[];
  /** Whether a table, and those that it is drawn from, have all their cells, but for those that failed. */
  readonly isComplete: (table: BenchTable) => boolean;
}

/** A cell that is to be computed. */
export interface PlannedCell {
  readonly table: BenchTable;
  readonly key: CellKey;
}

/** A {@linkcode CellStore} that a run fills. */
export interface FilledStore extends CellStore {
  readonly add: (planned: PlannedCell, result: unknown, timing: CellTiming) => void;
  readonly fail: (planned: PlannedCell, message: string) => void;
}

/** Plans the cells of tables, and takes those that the journal has. */
export function openStore(
  { tables, scene, journal, versions, fresh }: {
    readonly tables: readonly BenchTable[];
    readonly scene: Scene;
    readonly journal: Journal;
    readonly versions: Readonly<Record<string, string>>;
    /** Take nothing from the journal. */
    readonly fresh: boolean;
  },
): FilledStore {
  const found = new Map<string, Cell>();
  const failed = new Map<string, CellFailure>();
  const sought = new Set<string>();
  const timings: Record<string, CellTiming> = {};
  let computed = 0;

  const keep = (key: CellKey, inputs: string, result: unknown, timing: CellTiming) => {
    found.set(cellName(key), { key, inputs, result });
    timings[cellName(key)] = timing;
  };
  const planOf = (table: BenchTable): readonly CellKey[] => {
    // What is in the journal may decide what else is planned.
    for (;;) {
      const keys = table.plan(scene, [...found.values()]);
      let news = false;
      for (const key of keys) {
        if (fresh || sought.has(cellName(key))) continue;
        sought.add(cellName(key));
        const { digest } = cellInputs(table, key, scene, versions);
        const entry = journal.read(digest);
        if (entry === undefined) continue;
        keep(key, digest, entry.result, entry.timing);
        news = true;
      }
      if (!news) return keys;
    }
  };
  const isSettled = (key: CellKey) => found.has(cellName(key)) || failed.has(cellName(key));

  return {
    cells: () =>
      tables.flatMap((table) => planOf(table).flatMap((key) => found.get(cellName(key)) ?? [])),
    failures: () => [...failed.values()],
    timings: () => timings,
    computed: () => computed,
    missing: () =>
      tables.flatMap((table) =>
        planOf(table).filter((key) => !isSettled(key)).map((key) => ({ table, key }))
      ),
    isComplete: ({ name, uses = [] }) =>
      tables.filter((table) => table.name === name || uses.includes(table.name)).every((table) =>
        planOf(table).every(isSettled) &&
        (table.tentative?.(scene, [...found.values()]) ?? []).length === 0
      ),
    add({ table, key }, result, timing) {
      const { digest, text } = cellInputs(table, key, scene, versions);
      journal.write(digest, { result, timing }, { name: cellName(key), inputs: text });
      keep(key, digest, result, timing);
      computed += 1;
    },
    fail({ key }, message) {
      failed.set(cellName(key), { key, message });
    },
  };
}

/** What is told of a run. */
export interface CellListeners {
  /** A cell is under way: which part of it is done. */
  readonly onProgress: (key: CellKey, fraction: number) => void;
  /** A cell is there, or failed. */
  readonly onSettled: (planned: PlannedCell) => void;
}

/** How many processes may die over a cell. */
const tries = 2;

/** Computes the missing cells in worker processes, one cell in each at a time. A process that dies is replaced, and its cell tried once more. */
export async function runCells(
  store: FilledStore,
  scene: Scene,
  { workers, first, listeners, start }: {
    readonly workers: number;
    /** A worker that runs already. */
    readonly first?: WorkerProcess;
    /** How a worker is started. */
    readonly start: () => Promise<WorkerProcess>;
    readonly listeners: CellListeners;
  },
): Promise<void> {
  const started = new Set<string>();
  let queue: PlannedCell[] = [];
  let running = 0;
  let changed = Promise.withResolvers<void>();

  /** The next cell for a worker: rather one of the network and setting that it has at hand. */
  function take(last: CellKey | undefined): PlannedCell | undefined {
    if (queue.length === 0) {
      queue = store.missing().filter(({ key }) => !started.has(cellName(key)));
    }
    const related = last?.setting === undefined
      ? -1
      : queue.findIndex(({ key }) => isRelated(key, last));
    const [next] = queue.splice(Math.max(0, related), 1);
    if (next !== undefined) started.add(cellName(next.key));
    return next;
  }

  async function work(given: WorkerProcess | undefined): Promise<void> {
    let worker = given;
    let last: CellKey | undefined;
    try {
      for (;;) {
        const planned = take(last);
        if (planned === undefined) {
          // What others are at may lead to further cells.
          if (running === 0) return;
          await changed.promise;
          continue;
        }
        last = planned.key;
        running += 1;
        worker = await compute(planned, worker);
        running -= 1;
        listeners.onSettled(planned);
        changed.resolve();
        changed = Promise.withResolvers();
      }
    } finally {
      worker?.close();
    }
  }

  async function compute(
    planned: PlannedCell,
    given: WorkerProcess | undefined,
  ): Promise<WorkerProcess | undefined> {
    const { key } = planned;
    const what = `${cellName(key)} (${networkOf(scene, key.network).record.file})`;
    let worker = given;
    for (let attempt = 1;; attempt++) {
      let answer: { readonly result: unknown; readonly timing: CellTiming };
      try {
        worker ??= await start();
        answer = await worker.ask(
          { kind: "cell", key },
          (fraction) => listeners.onProgress(key, fraction),
        );
      } catch (error) {
        const { message } = error as Error;
        if (!(error instanceof WorkerDied)) {
          store.fail(planned, `Cannot measure ${what}: ${message}`);
          return worker;
        }
        worker = undefined;
        if (attempt < tries) continue;
        store.fail(planned, `Cannot measure ${what}: ${message}, ${tries} times`);
        return undefined;
      }
      // A journal that can't be written ends the run: what comes after would be lost too.
      store.add(planned, answer.result, answer.timing);
      return worker;
    }
  }

  const count = Math.min(workers, Math.max(1, store.missing().length));
  await Promise.all(Array.from({ length: count }, (_, i) => work(i === 0 ? first : undefined)));
}

function isRelated(key: CellKey, last: CellKey): boolean {
  return key.network === last.network &&
    JSON.stringify(key.setting) === JSON.stringify(last.setting);
}
