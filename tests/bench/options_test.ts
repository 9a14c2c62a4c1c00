import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { defaultMethods, helpText, parseOptions, selectionOf } from "../../bench/options.ts";
import { benchTables } from "../../bench/tables/registry.ts";
import { describeMethod, quantizerMethods } from "../../lib/quantizers/methods.ts";

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
      "auto",
      "k-means",
    ],
    bits: [2, 3, 4, 8],
    granularities: ["tensor"],
    images: 500,
    allNetworks: false,
    allTables: false,
    seed: 1,
    backend: "wasm",
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
  assertEquals([parse("--full").images, parse("--full").allTables], [undefined, true]);
  assertEquals(parse("--images all").images, undefined);
  assertEquals(parse("--full --bits 4 --granularity channel").granularities, ["channel"]);
});

Deno.test("parseOptions() reads lists, keeps their order and drops repetitions", () => {
  const { bits, methods, tables } = parse("--bits 4,2,4 --methods=k-means,omse --table mse");
  assertEquals({ bits, methods, tables }, {
    bits: [4, 2],
    methods: ["k-means", "omse"],
    tables: ["mse"],
  });
});

Deno.test("parseOptions() takes --tables for --table", () => {
  assertEquals(parse("--tables mse,fit"), parse("--table mse,fit"));
});

Deno.test("parseOptions() has defaults of its own for the table of methods alone, which options narrow", () => {
  const { methods, bits, granularities, images, allNetworks } = parse("--table methods");
  assertEquals({ methods, bits, granularities, images, allNetworks }, {
    methods: quantizerMethods,
    bits: [1, 2, 3, 4, 5, 6, 8, 16],
    granularities: ["tensor", "channel"],
    images: 1000,
    allNetworks: true,
  });
  const line = "--table methods --methods omse --bits 4 --granularity channel --images 50";
  const narrowed = parse(line);
  assertEquals(
    [narrowed.methods, narrowed.bits, narrowed.granularities, narrowed.images],
    [["omse"], [4], ["channel"], 50],
  );
  assertEquals(parse("--table methods,mse").methods, defaultMethods);
});

Deno.test("parseOptions() takes all and analytic for the methods that they stand for", () => {
  assertEquals(parse("--methods all").methods, quantizerMethods);
  const { methods } = parse("--methods analytic,k-means,omse");
  assertEquals(new Set(methods).size, methods.length);
  assertEquals(
    [...methods].sort(),
    [...quantizerMethods.filter((method) => describeMethod(method).analytic), "k-means"].sort(),
  );
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
  ["--workers many", "--workers must be an integer in [1, 256]: current value is many"],
  ["--seed -1", "--seed must be an integer in [0, 4294967295]: current value is -1"],
  ["--methods k-mean", ": current value is k-mean"],
  ["--methods toString", "current value is toString"],
  ["--table fit,fits", ": current value is fits"],
  ["--tables fits", "--table must be one of fit, "],
  ["--methods binary,ternary --bits 4", "--bits must hold a width of binary or ternary: current"],
  ["--granularity layer", "tensor, channel, both: current value is layer"],
  ["--backend cuda", "--backend must be one of wasm, webgpu, cpu, onnx: current value is cuda"],
  ["--network resnet20-cifar", "--network is the architecture of a --checkpoint, which is missing"],
  ["--checkpoint a.pth --networks resnet20", "--networks and --checkpoint exclude each other"],
  ["--name a/b", "--name must consist of letters, digits, dots and hyphens: current value is a/b"],
  ["--name ..", "current value is .."],
  ["--bit 4", "unknown option --bit; there are --full, --table, "],
  ["-b", "unknown option -b; there are --full"],
  ["--no-full", "unknown option --no-full"],
  ["fit", "fit is not an option (tables are chosen by --table)"],
];

for (const [line, message] of refused) {
  Deno.test(`parseOptions() refuses "${line}" in one line`, () => {
    const { message: text } = assertThrows(() => parse(line), RangeError, message);
    assertStringIncludes(text, "Cannot read the command line: ");
    assertEquals(text.includes("\n"), false);
  });
}

Deno.test("helpText() names every table and every method", () => {
  const help = helpText(benchTables);
  for (const name of [...tables, ...quantizerMethods]) assertStringIncludes(help, name);
});
