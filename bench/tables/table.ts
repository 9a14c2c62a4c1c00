import type { BenchResults, Cell, CellKey, Setting } from "../results.ts";
import type { Scene } from "../scene.ts";

/** One table of the bench: what it needs, how a cell of it is computed, and how it is drawn from the results alone. */
export interface BenchTable {
  /** As in `--table`. */
  readonly name: string;
  readonly title: string;
  /** The data set whose images it needs; undefined: weights are enough. */
  readonly dataset?: string;
  /** It is about weights, and takes the images of all data sets there are where they fit a network. */
  readonly anyDataset?: true;
  /** Only measured where it is named. */
  readonly onRequest?: true;
  /**
   * The cells that it is made of, in the order of computation. Asked again after each cell, as what is measured last may follow from the
   * results of what comes first; until then the plan holds as many cells of that kind.
   */
  readonly plan: (scene: Scene, done: readonly Cell[]) => readonly CellKey[];
  /** Computes a cell: plain data, the same whenever the header is the same. */
  readonly run: (
    key: CellKey,
    scene: Scene,
    onProgress: (fraction: number) => void,
  ) => unknown;
  /** About how many seconds a cell takes, by what was measured on this machine. */
  readonly estimate: (key: CellKey, speed: Speed) => number;
  /** The table as Markdown, from the cells that are there. */
  readonly draw: (results: BenchResults) => string;
}

/** How fast this machine is, measured in a moment before the run. */
export interface Speed {
  /** To fit and compare both laws: seconds for all weights of a network. */
  readonly fit: (network: string) => number;
  /** To quantize all weights of a network. */
  readonly quantize: (network: string, setting: Setting) => number;
  /** To classify all images of the network's set. */
  readonly evaluate: (network: string) => number;
}
