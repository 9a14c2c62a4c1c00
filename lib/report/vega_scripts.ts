/** What of `Deno` reads the scripts. */
export interface ScriptReader {
  readTextFile(path: URL): Promise<string>;
}

/**
 * The browser builds of Vega and Vega-Lite, one script after the other, for the `scripts` of `htmlReport`: from the npm packages that
 * draw charts. They stand beside the modules that the names mean, as the packages export no other file.
 *
 * @param host `Deno`, which reads the two files.
 *
 * @example
 * ```ts
 * import { vegaScripts } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * assertStringIncludes(await vegaScripts(Deno), "vegaLite");
 * ```
 */
export async function vegaScripts(host: ScriptReader): Promise<string> {
  // Deno knows the folder of a package that is imported, and of no other.
  await Promise.all([import("vega"), import("vega-lite")]);
  const builds = [
    new URL("vega.min.js", import.meta.resolve("vega")),
    new URL("vega-lite.min.js", import.meta.resolve("vega-lite")),
  ];
  const scripts = await Promise.all(builds.map((build) => host.readTextFile(build)));
  // Their source maps stay behind, and a browser would ask for them.
  return scripts.map((script) => script.replace(/^\/\/# sourceMappingURL=.*$/m, "").trim()).join(
    "\n",
  );
}
