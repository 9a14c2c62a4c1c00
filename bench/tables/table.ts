import type { BenchResults, CellKey } from "../results.ts";
import type { Scene } from "../scene.ts";

/** One table of the bench: what it needs, how a cell of it is computed, and how it is drawn from the results alone. */
export interface BenchTable {
  /** As in `--tables`. */
  readonly name: string;
  readonly title: string;
  /** The data set whose images it needs; undefined: weights are enough. */
  readonly dataset?: string;
  /** The cells that it is made of, in the order of computation. */
  readonly plan: (scene: Scene) => readonly CellKey[];
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
  /** To quantize all weights of a network once. */
  readonly quantize: (network: string) => number;
  /** To classify all images of the network's set. */
  readonly evaluate: (network: string) => number;
}
