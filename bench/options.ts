import { parseArgs } from "node:util";
import type { Granularity } from "../lib/compression/granularity.ts";
import { maxBits } from "../lib/codebooks/codebook.ts";
import { describeMethod, quantizerMethods } from "../lib/quantizers/methods.ts";
import { shapesTestSeed } from "../datasets/embedded.ts";

/** What a run computes; the same selection gives the same results. */
export interface Selection {
  /** Names of tables; undefined: all that need not be asked for by name, of which those without images are left out. */
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

/** What is compared where the command line doesn't say. */
type Defaults = Pick<Selection, "methods" | "bits" | "granularities" | "images" | "allNetworks">;

const ordinary: Defaults = {
  methods: defaultMethods,
  bits: [2, 3, 4, 8],
  granularities: ["tensor"],
  images: 500,
  allNetworks: false,
};

/** What the table of methods compares where it is asked for alone. */
const survey: Defaults = {
  methods: quantizerMethods,
  bits: [1, 2, 3, 4, 5, 6, 8, 16],
  granularities: ["tensor", "channel"],
  images: 1000,
  allNetworks: true,
};

/** What `--full` stands for, whichever the tables. */
const full: Omit<Defaults, "methods"> = {
  bits: [2, 3, 4, 5, 6, 7, 8],
  granularities: ["tensor", "channel"],
  images: undefined,
  allNetworks: true,
};

/** Names that stand for several methods. */
const methodGroups: Readonly<Record<string, readonly string[]>> = {
  all: quantizerMethods,
  analytic: quantizerMethods.filter((method) => describeMethod(method).analytic),
};

/** The text of `--help`. */
export function helpText(tables: readonly string[]): string {
  return `deno task bench: which law the weights of trained networks follow, and what quantizing them costs

  --table LIST         ${tables.join(", ")}; default: all but methods for which there are images
  --methods LIST       of ${quantizerMethods.join(", ")}; or all, or analytic;
                       a method is left out at the widths that it doesn't exist for
  --bits LIST          code widths, each in 1..${maxBits}; default: ${ordinary.bits}
  --granularity WHICH  tensor (default), channel or both
  --images N           balanced images of each set; default: ${ordinary.images}
  --networks LIST      by name, as the tables show them
  --weights PATH       a checkpoint of your own instead: .pth, .safetensors, a folder of .npy or tfjs shards
  --full               all networks, all images, bits 2 to 8, per tensor and per channel
  --seed N             seed of the generated images; default: ${shapesTestSeed}
  --workers N          processes that evaluate; default: one per core
  --json PATH          the file of results, in bench/out; its default name follows from the options
  --resume             read the finished cells of an interrupted run back
  --trace              show where an error came from

--table methods, which takes hours, has defaults of its own: all methods, bits ${survey.bits} (1 and 16 for methods of that
width alone), per tensor and per channel, ${survey.images} images, and every network: the usual one of each data set with all methods, the
others, unless named, with the best.

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
  const list = (option: "table" | "methods" | "bits" | "networks") => {
    const items = values[option]?.split(",").map((item) => item.trim()).filter(Boolean);
    if (items?.length === 0) fail(option, "is empty");
    return items && [...new Set(items)];
  };
  const chosenTables = list("table");
  for (const table of chosenTables ?? []) assertOneOf("table", table, tables);
  const defaults: Defaults = {
    ...ordinary,
    ...(chosenTables?.join() === "methods" && survey),
    ...(values.full && full),
  };
  const methods = list("methods")?.flatMap(methodsNamed) ?? defaults.methods;
  const bits = list("bits")?.map((text) => parseInteger("bits", text, 1, maxBits)) ?? defaults.bits;
  if (!methods.some((method) => bits.some((width) => existsAt(method, width)))) {
    fail("bits", `must hold a width of ${methods.join(" or ")}: current value is ${bits}`);
  }
  const integer = (option: "images" | "workers" | "seed", least: number) =>
    values[option] === undefined
      ? undefined
      : parseInteger(option, values[option], least, 2 ** 32 - 1);

  return {
    tables: chosenTables,
    methods: [...new Set(methods)],
    bits,
    granularities: granularitiesNamed(values.granularity) ?? defaults.granularities,
    images: integer("images", 1) ?? defaults.images,
    networks: list("networks"),
    allNetworks: defaults.allNetworks,
    weights: values.weights,
    seed: integer("seed", 0) ?? shapesTestSeed,
    help: values.help ?? false,
    resume: values.resume ?? false,
    json: values.json,
    workers: integer("workers", 1),
    trace: values.trace ?? false,
  };
}

/** Whether a method exists for a code width. */
export function existsAt(method: string, bits: number): boolean {
  const [least, most] = describeMethod(method).bits;
  return least <= bits && bits <= most;
}

function methodsNamed(name: string): readonly string[] {
  if (Object.hasOwn(methodGroups, name)) return methodGroups[name]!;
  assertOneOf("methods", name, [...Object.keys(methodGroups), ...quantizerMethods]);
  return [name];
}

function granularitiesNamed(name: string | undefined): readonly Granularity[] | undefined {
  if (name === undefined) return undefined;
  if (name === "both") return ["tensor", "channel"];
  assertOneOf("granularity", name, ["tensor", "channel", "both"]);
  return [name as Granularity];
}

/** The part of the options on which results depend. */
export function selectionOf(options: BenchOptions): Selection {
  const { help: _help, resume: _resume, json: _json, workers: _workers, trace: _trace, ...rest } =
    options;
  return rest;
}

const known = {
  full: { type: "boolean" },
  table: { type: "string" },
  // A synonym of table.
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
        `Cannot read the command line: ${token.value} is not an option (tables are chosen by --table)`,
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
  const { tables, ...rest } = values as {
    [Name in keyof typeof known]?: (typeof known)[Name]["type"] extends "boolean" ? boolean
      : string;
  };
  return { table: tables, ...rest };
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
