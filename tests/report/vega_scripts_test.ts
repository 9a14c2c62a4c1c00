import { assertEquals, assertStringIncludes } from "@std/assert";
import { vegaScripts } from "../../lib/report/vega_scripts.ts";

Deno.test("vegaScripts() are the browser builds of both, without a source map to ask for", async () => {
  const scripts = await vegaScripts(Deno);
  assertStringIncludes(scripts, ".vega={}");
  assertStringIncludes(scripts, ".vegaLite={}");
  assertEquals(scripts.includes("sourceMappingURL"), false);
});
