import { parseArgs } from "node:util";
import type { Granularity } from "../lib/compression/granularity.ts";
import { maxBits } from "../lib/codebooks/codebook.ts";
import { describeMethod, quantizerMethods } from "../lib/quantizers/methods.ts";
import { type EvaluationBackend, evaluationBackends } from "../lib/networks/predictor.ts";
import { shapesTestSeed } from "../datasets/embedded.ts";
import { existsAt } from "./tables/settings.ts";
import type { BenchTable } from "./tables/table.ts";

/** What a run computes; the same selection gives the same results. */
export interface Selection {
  /** Names of tables; undefined: all that need not be asked for by name, of which those without images are left out. */
  readonly tables?: readonly string[];
  /** Those that need be asked for by name too, where none is named. */
  readonly allTables: boolean;
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
  readonly checkpoint?: string;
  /** The architecture of that checkpoint; undefined: read off its tensors. */
  readonly network?: string;
  /** Seed of the generated images, and of whatever is random. */
  readonly seed: number;
  /** What computes the networks. */
  readonly backend: EvaluationBackend;
}

/** A selection, and how to run it. */
export interface BenchOptions extends Selection {
  readonly help: boolean;
  /** Compute every cell anew. */
  readonly fresh: boolean;
  /** The folder of journal and results; undefined: bench/out. */
  readonly out?: string;
  /** What the files of results are called; undefined: it follows from the selection. */
  readonly name?: string;
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
  "auto",
  "k-means",
];

/** What is compared where the command line doesn't say. */
type Defaults = Pick<
  Selection,
  "methods" | "bits" | "granularities" | "images" | "allNetworks" | "allTables"
>;

const ordinary: Defaults = {
  methods: defaultMethods,
  bits: [2, 3, 4, 8],
  granularities: ["tensor"],
  images: 500,
  allNetworks: false,
  allTables: false,
};

/** What the table of methods compares where it is asked for alone. */
const survey: Defaults = {
  methods: quantizerMethods,
  bits: [1, 2, 3, 4, 5, 6, 8, 16],
  granularities: ["tensor", "channel"],
  images: 1000,
  allNetworks: true,
  allTables: false,
};

/** What `--full` stands for, whichever the tables. */
const full: Omit<Defaults, "methods"> = {
  bits: [2, 3, 4, 5, 6, 7, 8],
  granularities: ["tensor", "channel"],
  images: undefined,
  allNetworks: true,
  allTables: true,
};

/** Names that stand for several methods. */
const methodGroups: Readonly<Record<string, readonly string[]>> = {
  all: quantizerMethods,
  analytic: quantizerMethods.filter((method) => describeMethod(method).analytic),
};

/** A list of names in lines of about a hundred characters, below each other in the help's second column. */
function wrap(names: readonly string[]): string {
  const indent = " ".repeat(23);
  return names.join(", ").replaceAll(/(.{1,95}),(?: |$)/g, `$1,\n${indent}`)
    .replace(/,\n +(\S+)$/, ", $1");
}

/** The text of `--help`. */
export function helpText(tables: readonly Pick<BenchTable, "name" | "onRequest">[]): string {
  const names = tables.map(({ name }) => name).join(", ");
  const onRequest = tables.filter((table) => table.onRequest).map(({ name }) => name).join(", ");
  return `deno task bench: which law the weights of trained networks follow, and what quantizing them costs

  --table LIST         ${names};
                       default: all for which there are images, but ${onRequest}
  --networks LIST      by name, as the tables show them
  --checkpoint PATH    a checkpoint of your own instead: .pth, .safetensors, .npz, a folder of .npy or tfjs shards
  --network NAME       its architecture, such as resnet20-cifar; default: read off its tensors
  --methods LIST       of ${wrap(quantizerMethods)};
                       or all, or analytic;
                       a method is left out at the widths that it doesn't exist for
  --bits LIST          code widths, each in 1..${maxBits}; default: ${ordinary.bits}
  --granularity WHICH  tensor (default), channel or both
  --images N           balanced images of each set, or all; default: ${ordinary.images}
  --full               all tables, networks and images, bits ${full.bits}, per tensor and per channel
  --seed N             of generated images and whatever is random; default: ${shapesTestSeed}
  --backend WHICH      what computes the networks: ${evaluationBackends.join(", ")}; default: wasm;
                       onnx, the fastest, is fetched from npm the first time it is used, and is large
  --workers N          processes that compute; default: one per core
  --out FOLDER         where journal and results go; default: bench/out
  --name NAME          what the files of results are called; the default follows from the other options
  --fresh              compute every cell anew, those in the journal too
  --trace              show where an error came from

Every result is kept in the journal at once: an interrupted run, started again, goes on where it was, and what was computed before for
the same weights, images and code is not computed again.

Examples:

  deno task bench                                                      a few minutes
  deno task bench --table cifar10 --bits 4 --methods ks-lloyd-max,auto --granularity both --images 1000
  deno task bench --checkpoint my.safetensors --network resnet20-cifar
  deno task bench --full --backend onnx                                everything: hours

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
  const integer = (option: "images" | "workers" | "seed", least: number, most = 2 ** 32 - 1) =>
    values[option] === undefined ? undefined : parseInteger(option, values[option], least, most);

  const { checkpoint, network, backend = "wasm", name } = values;
  if (network !== undefined && checkpoint === undefined) {
    fail("network", "is the architecture of a --checkpoint, which is missing");
  }
  if (checkpoint !== undefined && values.networks !== undefined) {
    fail("networks", "and --checkpoint exclude each other");
  }
  assertOneOf("backend", backend, evaluationBackends);
  if (name !== undefined && !/^[\w-][\w.-]*$/.test(name)) {
    fail("name", `must consist of letters, digits, dots and hyphens: current value is ${name}`);
  }

  return {
    tables: chosenTables,
    allTables: defaults.allTables,
    methods: [...new Set(methods)],
    bits,
    granularities: granularitiesNamed(values.granularity) ?? defaults.granularities,
    images: values.images === "all" ? undefined : integer("images", 1) ?? defaults.images,
    networks: list("networks"),
    allNetworks: defaults.allNetworks,
    checkpoint,
    network,
    seed: integer("seed", 0) ?? shapesTestSeed,
    backend: backend as EvaluationBackend,
    help: values.help ?? false,
    fresh: values.fresh ?? false,
    out: values.out,
    name,
    workers: integer("workers", 1, 256),
    trace: values.trace ?? false,
  };
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
  const {
    help: _help,
    fresh: _fresh,
    out: _out,
    name: _name,
    workers: _workers,
    trace: _,
    ...rest
  } = options;
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
  checkpoint: { type: "string" },
  network: { type: "string" },
  backend: { type: "string" },
  workers: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  name: { type: "string" },
  fresh: { type: "boolean" },
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
