import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { lockedVersion } from "./locked_version.ts";

const root = join(import.meta.dirname!, "..");

/** The registry imports every method; a cell depends on the one that it names. */
const methodTable = join(root, "lib/quantizers/method_table.ts");

/** What only shows results, and so changes none: of the reports all but what counts. */
const shows = /^(lib\/report\/(?!histogram\.ts$)|bench\/tables\/(page|\w+_page)\.ts$)/;

const imports =
  /^(?:import|export)\s+(?!type\b)(?:([^"';]*?)\s+from\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

const known = new Map<string, string>();

/**
 * Sha256 of the code that a result depends on: the modules, all that they import from this repository, but for types and what only
 * shows results, and the versions of the packages. Of the quantizers it is those that the method's entry in the registry names: another method's change is none of this one's.
 */
export function codeVersion(modules: readonly string[], method?: string): string {
  const memo = [...modules, method].join("\n");
  const version = known.get(memo) ?? digestCode(modules, method);
  known.set(memo, version);
  return version;
}

function digestCode(modules: readonly string[], method?: string): string {
  const hash = createHash("sha256");
  const texts = [...codeOf(modules, method)].sort(([a], [b]) => a < b ? -1 : 1);
  for (const [name, text] of texts) hash.update(`${name}\n${text.length}\n${text}`);
  return hash.digest("hex");
}

/** That code, by its place in the repository; packages by their names, with what deno.lock has of them. */
export function codeOf(modules: readonly string[], method?: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const visit = (path: string) => {
    const name = relative(root, path).replaceAll("\\", "/");
    if (texts.has(name) || shows.test(name)) return;
    const source = Deno.readTextFileSync(path);
    const ofOneMethod = path === methodTable && method !== undefined;
    const text = ofOneMethod ? entryOf(source, method) : source;
    texts.set(name, text);
    for (const { names, from } of importsOf(source)) {
      const isNamed = () => names.some((name) => new RegExp(`\\b${name}\\b`).test(text));
      if (ofOneMethod && !isNamed()) continue;
      if (from.startsWith(".")) visit(join(dirname(path), from));
      else if (!from.startsWith("node:")) texts.set(from, lockedVersion(from));
    }
  };
  for (const module of modules) visit(module);
  return texts;
}

/** The imports of a source, and the names that each brings in. */
function importsOf(source: string): { readonly names: readonly string[]; readonly from: string }[] {
  return [...source.matchAll(imports)].flatMap(([, clause = "", from, dynamic]) => {
    const names = [...clause.matchAll(/(type\s+)?([A-Za-z_$][\w$]*)(?:\s+as\s+([\w$]+))?/g)]
      .filter(([, type]) => type === undefined).map(([, , name, alias]) => alias ?? name!);
    const typesOnly = clause.includes("{") && names.length === 0;
    return typesOnly ? [] : [{ names, from: from ?? dynamic! }];
  });
}

/** A method's entry in the registry, and the helper that makes it; all of it where the entry isn't found. */
function entryOf(source: string, method: string): string {
  const start = source.indexOf(`\n  "${method}": `);
  if (start < 0) return source;
  const rest = source.slice(start + 1);
  const next = rest.search(/\n {2}(?:"|\/\/)/);
  const entry = next < 0 ? rest : rest.slice(0, next);
  const helper = entry.match(/^\s+"[\w-]+":\s+(\w+)\(/)?.[1];
  const helperText = helper === undefined
    ? ""
    : source.match(new RegExp(`\\nconst ${helper} = [\\s\\S]*?\\n\\}\\);\\n`))?.[0] ?? source;
  return `${helperText}${entry}`;
}
