/**
 * The browser builds of Vega and Vega-Lite, one script after the other, from the npm packages of deno.json. They stand beside the modules
 * that the names mean, as the packages export no other file.
 */
export async function vegaScripts(): Promise<string> {
  // Deno knows the folder of a package that is imported, and of no other.
  await Promise.all([import("vega"), import("vega-lite")]);
  const builds = [
    new URL("vega.min.js", import.meta.resolve("vega")),
    new URL("vega-lite.min.js", import.meta.resolve("vega-lite")),
  ];
  const scripts = await Promise.all(builds.map((build) => Deno.readTextFile(build)));
  // Their source maps stay behind, and a browser would ask for them.
  return scripts.map((script) => script.replace(/^\/\/# sourceMappingURL=.*$/m, "").trim()).join(
    "\n",
  );
}
