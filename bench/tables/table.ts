import type { ImageSource } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type { QuantizedCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import type { Page } from "../../lib/report/page.ts";
import type { BenchResults, Cell, CellKey, Setting } from "../results.ts";
import type { Scene } from "../scene.ts";
import type { Accuracy } from "./accuracy.ts";

/** One table of the bench: what it needs, how a cell of it is computed, and what it shows, from the results alone. */
export interface BenchTable {
  /** As in `--table`. */
  readonly name: string;
  readonly title: string;
  /** The data set whose images it needs; undefined: weights are enough. */
  readonly dataset?: string;
  /** It is about weights, and takes the images of all data sets there are where they fit a network. */
  readonly anyDataset?: true;
  /** Only measured where it is named, or everything is. */
  readonly onRequest?: true;
  /** Tables from whose cells it is drawn too: those that can be measured are, whether or not they are to be shown. */
  readonly uses?: readonly string[];
  /** The address of its module, by whose code the results are known: `import.meta.url`. */
  readonly module: string;
  /** The cells that it is made of, in the order of the results. Asked again when more are done, as some may follow from the results of others. */
  readonly plan: (scene: Scene, done: readonly Cell[]) => readonly CellKey[];
  /** Of the cells that are yet to follow from the results of others, as many, and of that kind: for the estimate of time. */
  readonly tentative?: (scene: Scene, done: readonly Cell[]) => readonly CellKey[];
  /** Computes a cell, in a worker process: plain data that JSON holds, the same whenever what the cell depends on is the same. */
  readonly run: (key: CellKey, context: CellContext) => unknown;
  /** About how many seconds a cell takes, by what was measured on this machine. */
  readonly estimate: (key: CellKey, speed: Speed) => number;
  /** What it shows of the cells that are there. */
  readonly page: (results: BenchResults) => Page;
}

/** What a cell is computed from. */
export interface CellContext {
  readonly scene: Scene;
  /** The weights of the network of that label, as they are in the file. */
  readonly checkpoint: (network: string) => Promise<Checkpoint>;
  /** Those weights quantized; made once for the cells of several tables. */
  readonly quantize: (network: string, setting: Setting) => Promise<QuantizedCheckpoint>;
  /** The images of a data set. */
  readonly images: (dataset: string) => Promise<ImageSource>;
  /** Accuracy of weights of a network, on the images of its data set. */
  readonly accuracy: (network: string, checkpoint: Checkpoint) => Promise<Accuracy>;
  /** Tells which part of the cell is done, in [0, 1]. */
  readonly progress: (fraction: number) => void;
  /** Notes how long a part of the cell took: it is kept apart from the results, which are the same in every run. */
  readonly time: (part: string, seconds: number) => void;
}

/** How fast this machine is, measured in a moment before the run: seconds on one core. */
export interface Speed {
  /** To fit and compare both laws to all weights of a network. */
  readonly fit: (network: string) => number;
  /** To quantize all weights of a network. */
  readonly quantize: (network: string, setting: Setting) => number;
  /** To classify all images of the network's set. */
  readonly evaluate: (network: string) => number;
}
