import { parseArgs } from "node:util";
import type { Granularity } from "../lib/compression/granularity.ts";
import { maxBits } from "../lib/codebooks/codebook.ts";
import { quantizerMethods } from "../lib/quantizers/methods.ts";
import { shapesTestSeed } from "../datasets/embedded.ts";

/** What a run computes; the same selection gives the same results. */
export interface Selection {
  /** Names of tables; undefined: all, of which those without images are left out. */
  readonly tables?: readonly string[];
  readonly methods: readonly string[];
  readonly bits: readonly number[];
  readonly granularities: readonly Granularity[];
  /** How many balanced images of each set; undefined: all. */
  readonly images?: number;
  /** Names of networks; undefined: the usual one of each data set. */
  readonly networks?: readonly string[];
  /** Every network of the data folder, where none is named. */
  readonly allNetworks: boolean;
  /** A checkpoint of the user's own, instead of all others. */
  readonly weights?: string;
  /** Seed of the generated images. */
  readonly seed: number;
}

/** A selection, and how to run it. */
export interface BenchOptions extends Selection {
  readonly help: boolean;
  /** Read finished cells of an earlier run back. */
  readonly resume: boolean;
  /** Where the results go; undefined: bench/out, under a name that follows from the selection. */
  readonly json?: string;
  readonly workers?: number;
  /** Show where an error came from. */
  readonly trace: boolean;
}

/** The methods that are compared where none is named. */
export const defaultMethods: readonly string[] = [
  "min-max",
  "omse",
  "aciq",
  "lloyd-max-gaussian",
  "lloyd-max-laplace",
  "ks-lloyd-max",
  "k-means",
];

const defaultImages = 500;

/** The text of `--help`. */
export function helpText(tables: readonly string[]): string {
  return `deno task bench: which law the weights of trained networks follow, and what quantizing them costs

  --tables LIST        ${tables.join(", ")}; default: all for which there are images
  --methods LIST       of ${quantizerMethods.join(", ")}
  --bits LIST          code widths, each in 1..${maxBits}; default: 2,3,4,8
  --granularity WHICH  tensor (default), channel or both
  --images N           balanced images of each set; default: ${defaultImages}
  --networks LIST      by name, as the tables show them
  --weights PATH       a checkpoint of your own instead: .pth, .safetensors, a folder of .npy or tfjs shards
  --full               all networks, all images, bits 2 to 8, per tensor and per channel
  --seed N             seed of the generated images; default: ${shapesTestSeed}
  --workers N          processes that evaluate; default: one per core
  --json PATH          the file of results, in bench/out; its default name follows from the options
  --resume             read the finished cells of an interrupted run back
  --trace              show where an error came from

Data: the folder that BITBELL_DATA names, else what \`deno task data cifar-10\` downloaded, else what the repository brings along.
`;
}

/**
 * Reads the command line.
 *
 * @throws {RangeError} If an option is unknown or out of its range: one line, which names what there is.
 */
export function parseOptions(args: readonly string[], tables: readonly string[]): BenchOptions {
  const values = parseValues(args);
  const full = values.full ?? false;
  const list = (option: "tables" | "methods" | "bits" | "networks") => {
    const items = values[option]?.split(",").map((item) => item.trim()).filter(Boolean);
    if (items?.length === 0) fail(option, "is empty");
    return items && [...new Set(items)];
  };
  const chosenTables = list("tables");
  const methods = list("methods") ?? defaultMethods;
  for (const table of chosenTables ?? []) assertOneOf("tables", table, tables);
  for (const method of methods) assertOneOf("methods", method, quantizerMethods);
  const granularity = values.granularity ?? (full ? "both" : "tensor");
  assertOneOf("granularity", granularity, ["tensor", "channel", "both"]);
  const integer = (option: "images" | "workers" | "seed", least: number) =>
    values[option] === undefined
      ? undefined
      : parseInteger(option, values[option], least, 2 ** 32 - 1);

  return {
    tables: chosenTables,
    methods,
    bits: list("bits")?.map((text) => parseInteger("bits", text, 1, maxBits)) ??
      (full ? [2, 3, 4, 5, 6, 7, 8] : [2, 3, 4, 8]),
    granularities: granularity === "both" ? ["tensor", "channel"] : [granularity as Granularity],
    images: integer("images", 1) ?? (full ? undefined : defaultImages),
    networks: list("networks"),
    allNetworks: full,
    weights: values.weights,
    seed: integer("seed", 0) ?? shapesTestSeed,
    help: values.help ?? false,
    resume: values.resume ?? false,
    json: values.json,
    workers: integer("workers", 1),
    trace: values.trace ?? false,
  };
}

/** The part of the options on which results depend. */
export function selectionOf(options: BenchOptions): Selection {
  const { help: _help, resume: _resume, json: _json, workers: _workers, trace: _trace, ...rest } =
    options;
  return rest;
}

const known = {
  full: { type: "boolean" },
  tables: { type: "string" },
  methods: { type: "string" },
  bits: { type: "string" },
  granularity: { type: "string" },
  images: { type: "string" },
  networks: { type: "string" },
  weights: { type: "string" },
  workers: { type: "string" },
  seed: { type: "string" },
  json: { type: "string" },
  resume: { type: "boolean" },
  trace: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parseValues(args: readonly string[]) {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw new RangeError(
        `Cannot read the command line: ${token.value} is not an option (tables are chosen by --tables)`,
      );
    }
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(known, token.name)) {
      const names = Object.keys(known).map((name) => `--${name}`).join(", ");
      throw new RangeError(
        `Cannot read the command line: unknown option ${token.rawName}; there are ${names}`,
      );
    }
    const takesValue = known[token.name as keyof typeof known].type === "string";
    if (takesValue && (token.value === undefined || token.value === "")) {
      fail(token.name, "needs a value");
    }
    if (!takesValue && token.value !== undefined) fail(token.name, "takes no value");
  }
  return values as {
    [Name in keyof typeof known]?: (typeof known)[Name]["type"] extends "boolean" ? boolean
      : string;
  };
}

function parseInteger(option: string, text: string, least: number, most: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    fail(option, `must be an integer in [${least}, ${most}]: current value is ${text}`);
  }
  return value;
}

function assertOneOf(option: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) {
    fail(option, `must be one of ${choices.join(", ")}: current value is ${value}`);
  }
}

function fail(option: string, reason: string): never {
  throw new RangeError(`Cannot read the command line: --${option} ${reason}`);
}
