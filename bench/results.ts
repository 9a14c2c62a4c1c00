import { dirname, join } from "node:path";
import type { Granularity } from "../lib/compression/granularity.ts";
import type { Objective } from "../lib/compression/quantize_tensor.ts";
import { fromJson, toJson } from "./json.ts";
import type { Selection } from "./options.ts";

/** The weights that cells are about. */
export interface NetworkRecord {
  /** Unique within the results: "resnet20 (cifar-10)". */
  readonly label: string;
  readonly name: string;
  /** The data set that it was trained on; undefined where that isn't known. */
  readonly dataset?: string;
  /** Place in the data folder, or the path that was given. */
  readonly file: string;
  /** Of the file; of a folder: of the lines "sha256  path" for all of its files. */
  readonly sha256: string;
  readonly tensors: number;
  readonly weights: number;
  /** Whether it stands for its data set, or was asked for by name. */
  readonly usual?: boolean;
  /** How pixels are normalised for it, and where that is known from; undefined where the architecture isn't known. */
  readonly normalization?: string;
  readonly caveats: readonly string[];
}

/** The images that cells are about. */
export interface ImageSetRecord {
  readonly name: string;
  readonly images: number;
  readonly classes: number;
  /** Of the pixels (NHWC bytes) followed by the labels (16 bits, little-endian). */
  readonly sha256: string;
  readonly caveats: readonly string[];
}

/** How one network was quantized; undefined fields: as in the file. */
export interface Setting {
  readonly method: string;
  readonly bits: number;
  readonly granularity: Granularity;
  /** What `auto` was to minimise; undefined: the squared error. */
  readonly objective?: Objective;
}

/** Which entry of which table: everything else that a result depends on stands in the header. */
export interface CellKey {
  readonly table: string;
  readonly network: string;
  /** Undefined: the weights as they are, or a bound. */
  readonly setting?: Setting;
  /** What else tells it from others, in words: a bound, a budget of bits, a kind of noise. */
  readonly variant?: string;
}

/** One result of a table. */
export interface Cell<Result = unknown> {
  readonly key: CellKey;
  /** Sha256 of everything that the result depends on: see `cellInputs`. */
  readonly inputs: string;
  readonly result: Result;
}

/** A cell that could not be computed. */
export interface CellFailure {
  readonly key: CellKey;
  readonly message: string;
}

/** How long a cell took, in seconds. */
export interface CellTiming {
  readonly seconds: number;
  /** Of parts that its table tells apart. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** What a run is about, and what it was made with. */
export interface BenchHeader {
  readonly format: "bitbell-bench-2";
  readonly versions: Readonly<Record<string, string>>;
  /** The commit that was checked out, "-dirty" behind it where files of it were changed; undefined without a repository. */
  readonly commit?: string;
  readonly selection: Selection;
  readonly networks: readonly NetworkRecord[];
  readonly sets: readonly ImageSetRecord[];
}

/** What a run leaves behind: the tables are drawn from this alone. */
export interface BenchResults {
  readonly header: BenchHeader;
  /** Whether all planned cells are there. */
  readonly complete: boolean;
  readonly tables: readonly string[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
  readonly failures: readonly CellFailure[];
  readonly cells: readonly Cell[];
  /** How long it took, apart from the rest, which is the same in every run. */
  readonly timing: {
    readonly started: string;
    readonly cores: number;
    readonly workers: number;
    /** Of this run. */
    readonly seconds: number;
    /** How many cells this run computed; the others were in the journal. */
    readonly computed: number;
    /** Of each cell, by its name; cells from the journal keep theirs. */
    readonly cells: Readonly<Record<string, CellTiming>>;
  };
}

/** A cell's name, unique within the results. */
export function cellName({ table, network, setting, variant }: CellKey): string {
  const what = setting === undefined
    ? variant === undefined ? ["float32"] : []
    : [settingName(setting)];
  return [table, network, ...what, ...(variant === undefined ? [] : [variant])].join(": ");
}

/** A setting in words: "auto, output, 4 bits per channel". */
export function settingName(setting: Setting): string {
  return `${variantName(setting)}, ${setting.bits} bits per ${setting.granularity}`;
}

/** A method's name, and its objective where it is another than the squared error: "auto, output". */
export function variantName({ method, objective = "mse" }: Setting): string {
  return objective === "mse" ? method : `${method}, ${objective}`;
}

/** The cells of one table, as that table's own module wrote them. */
export function cellsOf<Result>(
  results: Pick<BenchResults, "cells">,
  table: string,
): readonly Cell<Result>[] {
  return results.cells.filter(({ key }) => key.table === table) as readonly Cell<Result>[];
}

/**
 * Writes a file so that it is there in full or not at all. Synchronous: a signal cannot come in between.
 *
 * @throws {Error} One line that names the file.
 */
export function writeAtomically(path: string, text: string): void {
  const partial = join(dirname(path), `.${crypto.randomUUID()}.partial`);
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(partial, text);
    Deno.renameSync(partial, path);
  } catch (error) {
    try {
      Deno.removeSync(partial);
    } catch {
      // It was never made.
    }
    throw new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The text of a results file. */
export function serializeResults(results: BenchResults): string {
  const { cells, ...rest } = results;
  // One line per cell: a changed figure is one changed line.
  const head = toJson(rest, 2).slice(0, -2);
  const lines = cells.map((cell) => `    ${toJson(cell)}`);
  return `${head},\n  "cells": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/**
 * Reads the text of a results file.
 *
 * @throws {SyntaxError} If it isn't one: the message names the file.
 */
export function parseResults(text: string, path: string): BenchResults {
  let results: BenchResults;
  try {
    results = fromJson(text) as BenchResults;
  } catch (error) {
    throw new SyntaxError(
      `Cannot read ${path} as results of the bench: ${(error as Error).message}`,
    );
  }
  if (results?.header?.format !== "bitbell-bench-2" || !Array.isArray(results.cells)) {
    throw new SyntaxError(
      `Cannot read ${path} as results of the bench: header.format is not "bitbell-bench-2"`,
    );
  }
  return results;
}
