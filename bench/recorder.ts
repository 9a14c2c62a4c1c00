import {
  type BenchHeader,
  type BenchResults,
  type Cell,
  type CellKey,
  cellName,
  parseResults,
  serializeResults,
  writeAtomically,
} from "./results.ts";

/** Keeps the cells of a run, in memory and in a file that is whole at any moment. */
export interface Recorder {
  /** Cells of an earlier run that may be used. */
  readonly earlierCells: readonly Cell[];
  /** The one of that key. */
  readonly earlier: (key: CellKey) => Cell | undefined;
  /** Adds a cell and writes the file; `seconds` is how long it took, undefined if it is an earlier one. */
  readonly add: (cell: Cell, seconds?: number) => void;
  /** What there is so far. */
  readonly results: () => BenchResults;
  /** Writes the file as that of a complete run. */
  readonly finish: () => void;
}

/** What a recorder notes beside the cells. */
export interface RecorderOptions {
  readonly path: string;
  readonly header: BenchHeader;
  readonly tables: readonly string[];
  readonly notes: readonly string[];
  readonly workers: number;
  /** Cells of an earlier run, with the same header. */
  readonly earlier?: BenchResults;
}

/** Starts a record; the file is written with the first cell. */
export function startRecord(
  { path, header, tables, notes, workers, earlier }: RecorderOptions,
): Recorder {
  const started = new Date().toISOString();
  const start = performance.now();
  const earlierCells = new Map(earlier?.cells.map((cell) => [cellName(cell.key), cell]));
  const cells: Cell[] = [];
  const seconds: Record<string, number> = {};
  const results = (complete = false): BenchResults => ({
    header,
    complete,
    tables,
    notes,
    timing: {
      started,
      cores: navigator.hardwareConcurrency,
      workers,
      seconds: rounded((performance.now() - start) / 1000),
      cells: seconds,
    },
    cells,
  });
  const write = (complete: boolean) => writeAtomically(path, serializeResults(results(complete)));
  return {
    earlierCells: earlier?.cells ?? [],
    earlier: (key) => earlierCells.get(cellName(key)),
    add(cell, took) {
      const name = cellName(cell.key);
      cells.push(cell);
      seconds[name] = rounded(took ?? earlier?.timing.cells[name] ?? 0);
      write(false);
    },
    results,
    finish: () => write(true),
  };
}

/**
 * Reads an earlier run's file for its cells.
 *
 * @returns The results; or why they are of no use.
 */
export function readEarlier(path: string, header: BenchHeader): BenchResults | string {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no earlier run of this selection";
    throw error;
  }
  const earlier = parseResults(text, path);
  const differing = (Object.keys(header) as (keyof BenchHeader)[]).filter((part) =>
    JSON.stringify(header[part]) !== JSON.stringify(earlier.header[part])
  );
  return differing.length === 0
    ? earlier
    : `the earlier run differs in its ${differing.join(" and ")}`;
}

function rounded(seconds: number): number {
  return Math.round(1000 * seconds) / 1000;
}
