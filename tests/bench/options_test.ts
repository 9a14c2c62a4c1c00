import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { defaultMethods, helpText, parseOptions, selectionOf } from "../../bench/options.ts";
import { benchTables } from "../../bench/tables/registry.ts";
import { quantizerMethods } from "../../lib/quantizers/methods.ts";

const tables = benchTables.map(({ name }) => name);
const parse = (line: string) => parseOptions(line.split(" ").filter(Boolean), tables);

Deno.test("parseOptions() without options is the default run", () => {
  assertEquals(JSON.parse(JSON.stringify(selectionOf(parse("")))), {
    methods: [
      "min-max",
      "omse",
      "aciq",
      "lloyd-max-gaussian",
      "lloyd-max-laplace",
      "ks-lloyd-max",
      "k-means",
    ],
    bits: [2, 3, 4, 8],
    granularities: ["tensor"],
    images: 500,
    allNetworks: false,
    seed: 1,
  });
  assertEquals(defaultMethods.filter((method) => !quantizerMethods.includes(method)), []);
});

Deno.test("parseOptions() lets an option narrow --full", () => {
  const { bits, granularities, images, allNetworks } = parse("--full --images 50");
  assertEquals({ bits, granularities, images, allNetworks }, {
    bits: [2, 3, 4, 5, 6, 7, 8],
    granularities: ["tensor", "channel"],
    images: 50,
    allNetworks: true,
  });
  assertEquals(parse("--full").images, undefined);
  assertEquals(parse("--full --bits 4 --granularity channel").granularities, ["channel"]);
});

Deno.test("parseOptions() reads lists, keeps their order and drops repetitions", () => {
  const { bits, methods, tables } = parse("--bits 4,2,4 --methods=k-means,omse --tables mse");
  assertEquals({ bits, methods, tables }, {
    bits: [4, 2],
    methods: ["k-means", "omse"],
    tables: ["mse"],
  });
});

const refused: readonly (readonly [line: string, message: string])[] = [
  ["--bits 0", "--bits must be an integer in [1, 16]: current value is 0"],
  ["--bits 17", "--bits must be an integer in [1, 16]: current value is 17"],
  ["--bits 2,2.5", "--bits must be an integer in [1, 16]: current value is 2.5"],
  ["--bits -1", "--bits must be an integer in [1, 16]: current value is -1"],
  ["--bits 0x2", "current value is 0x2"],
  ["--bits ,", "--bits is empty"],
  ["--bits", "--bits needs a value"],
  ["--bits=", "--bits needs a value"],
  ["--full=yes", "--full takes no value"],
  ["--images 0", "--images must be an integer in [1, 4294967295]: current value is 0"],
  ["--workers many", "--workers must be an integer in [1, 4294967295]: current value is many"],
  ["--seed -1", "--seed must be an integer in [0, 4294967295]: current value is -1"],
  ["--methods k-mean", "k-means-exact: current value is k-mean"],
  ["--methods toString", "current value is toString"],
  ["--tables fit,fits", "fit, mse, cifar10, cifar100, imagenet, shapes: current value is fits"],
  ["--granularity layer", "tensor, channel, both: current value is layer"],
  ["--bit 4", "unknown option --bit; there are --full, --tables, "],
  ["-b", "unknown option -b; there are --full"],
  ["--no-full", "unknown option --no-full"],
  ["fit", "fit is not an option (tables are chosen by --tables)"],
];

for (const [line, message] of refused) {
  Deno.test(`parseOptions() refuses "${line}" in one line`, () => {
    const { message: text } = assertThrows(() => parse(line), RangeError, message);
    assertStringIncludes(text, "Cannot read the command line: ");
    assertEquals(text.includes("\n"), false);
  });
}

Deno.test("helpText() names every table and every method", () => {
  const help = helpText(tables);
  for (const name of [...tables, ...quantizerMethods]) assertStringIncludes(help, name);
});
