const lock = new URL("../deno.lock", import.meta.url);
let specifiers: Readonly<Record<string, string>> | undefined;

/** The version of an npm package, or of the one that a path such as `vega/build/vega.js` is in, that deno.lock holds; "unknown" where it has none. */
export function lockedVersion(name: string): string {
  specifiers ??= JSON.parse(Deno.readTextFileSync(lock)).specifiers as Record<string, string>;
  const [packageName] = name.match(/^(?:@[^/]+\/)?[^/]+/)!;
  const found = Object.entries(specifiers)
    .find(([specifier]) => specifier.startsWith(`npm:${packageName}@`));
  return found?.[1].replace(/_.*/, "") ?? "unknown";
}
