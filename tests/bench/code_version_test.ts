import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { codeOf, codeVersion } from "../../bench/code_version.ts";
import { lockedVersion } from "../../bench/locked_version.ts";
import { quantizerMethods } from "../../lib/quantizers/methods.ts";

const root = join(import.meta.dirname!, "../..");
const quantization = [join(root, "lib/compression/quantize_checkpoint.ts")];
const filesOf = (modules: readonly string[], method?: string) => [
  ...codeOf(modules, method).keys(),
];

Deno.test("codeOf() follows imports, but neither types nor what only shows", () => {
  const files = filesOf([join(root, "bench/tables/mse.ts")]);
  for (const file of ["bench/tables/mse.ts", "bench/tables/network_error.ts"]) {
    assertEquals(files.includes(file), true, file);
  }
  assertEquals(files.filter((file) => /^lib\/report\/|_page\.ts$|\/table\.ts$/.test(file)), []);
});

Deno.test("codeOf() has what counts of the reports, where a table computes with it", () => {
  const files = filesOf([join(root, "bench/tables/fit.ts")]);
  assertEquals(files.filter((file) => file.startsWith("lib/report/")), [
    "lib/report/histogram.ts",
  ]);
});

Deno.test("codeOf() has the files of the method that is named, and of no other", () => {
  const omse = filesOf(quantization, "omse");
  assertEquals(omse.includes("lib/quantizers/omse.ts"), true);
  for (const other of ["hqq", "pwlq", "deep_compression", "ternary_exact"]) {
    assertEquals(omse.includes(`lib/quantizers/${other}.ts`), false, other);
  }
  const all = filesOf(quantization);
  assertEquals(all.includes("lib/quantizers/hqq.ts"), true);
});

Deno.test("codeOf() has the registry's entry of the method, and not those of others", () => {
  for (const method of quantizerMethods) {
    const text = codeOf(quantization, method).get("lib/quantizers/method_table.ts")!;
    const entries = [...text.matchAll(/^ {2}"([\w-]+)": /gm)].map(([, name]) => name);
    assertEquals(entries, [method]);
    assertEquals(text.includes("design"), true, method);
  }
});

Deno.test("codeVersion() tells methods apart, and is the same every time", () => {
  const versions = ["omse", "hqq", "k-means", "k-means-exact", undefined].map((method) =>
    codeVersion(quantization, method)
  );
  assertEquals(new Set(versions).size, versions.length);
  assertEquals(codeVersion(quantization, "omse"), versions[0]);
  assertNotEquals(codeVersion([join(root, "lib/coding/huffman.ts")], "omse"), versions[0]);
});

Deno.test("codeOf() has the packages that are imported, with their versions, and neither those of others nor Node's", () => {
  const code = codeOf([join(root, "lib/networks/predictor.ts")]);
  assertMatch(code.get("@tensorflow/tfjs")!, /^4\.\d+\.\d+$/);
  assertEquals([code.has("vega"), code.has("node:path")], [false, false]);
  assertEquals([lockedVersion("vega/build/vega.js"), lockedVersion("no-such-package")], [
    lockedVersion("vega"),
    "unknown",
  ]);
});
