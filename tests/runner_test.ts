import { assertEquals, assertThrows } from "@std/assert";
import { addCounts, countTests, importMap, skipLines } from "./runner.ts";

const config = {
  name: "@bitbell/bitbell",
  exports: { ".": "./mod.ts", "./report": "./lib/report/mod.ts" },
  imports: {
    "@std/assert": "jsr:@std/assert@1",
    "vega": "npm:vega@6",
    "tools": "./tools/tools.ts",
  },
};
const base = new URL("file:///repository/");

Deno.test("importMap() says what deno.json says, with the stand-in in place", () => {
  const standIn = new URL("file:///repository/tests/std_assert.ts");
  assertEquals(importMap(config, base, { "@std/assert": standIn }), {
    imports: {
      "@std/assert": "file:///repository/tests/std_assert.ts",
      "vega": "npm:vega@6",
      "vega/": "npm:/vega@6/",
      "tools": "file:///repository/tools/tools.ts",
      "@bitbell/bitbell": "file:///repository/mod.ts",
      "@bitbell/bitbell/report": "file:///repository/lib/report/mod.ts",
    },
  });
});

Deno.test("importMap() refuses a jsr: package that nothing stands in for", () => {
  assertThrows(
    () => importMap(config, base, {}),
    Error,
    "Cannot run without jsr:@std/assert@1 as nothing stands in for it",
  );
});

Deno.test("countTests() reads the last line of deno test, colours and steps aside", () => {
  const output = [
    "./tests/a_test.ts => a (skipped: no BITBELL_DATA) ... ignored (0ms)",
    "./tests/a_test.ts => b (skipped: no BITBELL_DATA) ... \x1b[33mignored\x1b[0m (0ms)",
    "./tests/a_test.ts => c (skipped: slow) ... ignored (0ms)",
    "\x1b[31mFAILED\x1b[0m | 12 passed (3 steps) | 2 failed (1 step) | 3 ignored | 7 filtered out (1s)",
    "",
    "error: Test failed",
  ].join("\n");
  const counts = countTests({ success: false, output });
  const reasons = { "no BITBELL_DATA": 2, "slow": 1 };
  assertEquals(counts, { passed: 12, failed: 2, skipped: 3, reasons });
  assertEquals(skipLines(addCounts(counts, counts)), [
    "skipped: no BITBELL_DATA (4 tests)",
    "skipped: slow (2 tests)",
  ]);
});

Deno.test("countTests() counts a run that never reached its tests as a failure", () => {
  const counts = countTests({ success: false, output: "error: Type checking failed." });
  assertEquals(counts, { passed: 0, failed: 1, skipped: 0, reasons: {} });
});
