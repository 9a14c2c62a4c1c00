/**
 * The directions in which modules may import each other (the map is DESIGN's "The house"), and a checker that holds a set of
 * sources to them. A part may import itself, what stands beside it here, and whatever those may import.
 */

type Rule = {
  /** Parts whose values it may import. */
  readonly values: readonly string[];
  /** Parts of which it may import types only. */
  readonly types?: readonly string[];
};

export const directions: Readonly<Record<string, Rule>> = {
  "lib/numerics": { values: [] },
  "lib/distributions": { values: ["lib/numerics"] },
  "lib/goodness": { values: ["lib/distributions"] },
  // A book names the law it was designed for.
  "lib/codebooks": { values: ["lib/numerics"], types: ["lib/distributions"] },
  "lib/coding": { values: ["lib/codebooks"] },
  // Intervals are quantiles of a law.
  "lib/metrics": { values: ["lib/codebooks", "lib/distributions"] },
  "lib/quantizers": { values: ["lib/goodness", "lib/codebooks", "lib/coding", "lib/metrics"] },
  "lib/checkpoints": { values: [] },
  "lib/networks": { values: ["lib/checkpoints"] },
  // "Image-free compression" is in the pure part: of what touches files it needs no more than the shape of a checkpoint.
  "lib/compression": { values: ["lib/quantizers", "lib/checkpoints", "lib/networks"] },
  "lib/activations": { values: ["lib/compression"] },
  "lib/calibration": { values: ["lib/compression"], types: ["datasets"] },
  "lib/training": { values: ["lib/activations"], types: ["datasets"] },
  "lib/evaluation": { values: ["lib/activations"], types: ["datasets"] },
  "lib/robustness": {
    values: ["lib/networks", "lib/numerics"],
    types: ["lib/evaluation", "datasets"],
  },
  "lib/report": {
    values: [],
    types: ["lib/goodness", "lib/compression", "lib/training", "lib/evaluation"],
  },
  // The generated set draws its random numbers from the library's generator.
  "datasets": { values: ["lib/numerics"], types: ["lib/checkpoints"] },
};

/** Programs and tests import what they like. */
const programs = ["bench/", "notebooks/", "tests/", "datasets/embedded/", "datasets/data_main.ts"];

/** The parts that mod.ts re-exports: for browsers, so without tfjs, Deno and Node. */
const pureRoots = ["mod.ts"];

/** What only some files may touch: files, network, workers and the clock; and what none may. */
const restricted = [
  {
    what:
      /\bDeno\.|["']node:|\bfetch\(|\bnew Worker\(|\bDate\.now\(|\bnew Date\(|\bperformance\.now\(/,
    within: /^lib\//,
    allowed: /^lib\/(checkpoints\/(load|save)\.ts|evaluation\/)/,
    reason: "touches files, network, workers or the clock",
  },
  {
    what: /\bMath\.random\b/,
    within: /^(lib|datasets|bench)\//,
    allowed: /^$/,
    reason: "is not seeded",
  },
];

/** An import, export-from, dynamic import or worker URL. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Comments out, so that the imports of examples don't count; strings stay. */
export function withoutComments(source: string): string {
  const token =
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(?<![\\/])\/\/[^\n]*/g;
  return source.replace(token, (_, string?: string) => string ?? " ");
}

export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const imports: Import[] = [];
  for (
    const [, type, names, specifier] of code.matchAll(
      /^\s*(?:import|export)\s+(type\s+)?((?:[\w$*]|[\s,{}])+?)\s*\bfrom\s*["']([^"']+)["']/gm,
    )
  ) {
    const braced = names!.match(/^\{([^}]*)\}$/)?.[1]?.split(",").filter((name) => name.trim());
    const allTypes = braced?.every((name) => /^\s*type\s/.test(name)) ?? false;
    imports.push({ specifier: specifier!, typeOnly: type !== undefined || allTypes });
  }
  const others = [
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
    /\bnew URL\(\s*["'](\.[^"']+\.ts)["']\s*,\s*import\.meta\.url/g,
  ];
  for (const pattern of others) {
    for (const [, specifier] of code.matchAll(pattern)) {
      imports.push({ specifier: specifier!, typeOnly: false });
    }
  }
  return imports;
}

/** The violations among sources given as path (relative to the repository) and text, one sentence each. */
export function checkDirections(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  for (const [path, source] of sources) {
    if (isProgram(path)) continue;
    for (const { specifier, typeOnly } of importsOf(source)) {
      const violation = checkImport(path, specifier, typeOnly);
      if (violation) violations.push(`${path} imports ${specifier}: ${violation}`);
    }
    const code = withoutComments(source);
    for (const { what, within, allowed, reason } of restricted) {
      const found = within.test(path) && !allowed.test(path) && code.match(what);
      if (found) violations.push(`${path} uses ${found[0]}, which ${reason}`);
    }
  }
  for (const path of sources.keys()) {
    if (path.startsWith("tests/") || path.endsWith("mod.ts")) continue;
    for (const { specifier } of importsOf(sources.get(path)!)) {
      if (/(^|\/)mod\.ts$/.test(specifier) || specifier.startsWith("@bitbell/")) {
        violations.push(`${path} imports ${specifier}: import the file that defines the name`);
      }
    }
  }
  return [...violations, ...checkPure(sources)];
}

function isProgram(path: string): boolean {
  return programs.some((start) => path.startsWith(start));
}

function checkImport(path: string, specifier: string, typeOnly: boolean): string | undefined {
  const target = resolve(path, specifier);
  if (target === undefined || path === "mod.ts") return undefined;
  if (/\b_test\.ts$|^tests\//.test(target)) return "tests are for nobody else";
  const from = partOf(path), to = partOf(target);
  if (from === undefined) {
    return `no direction is set for ${path}: name it in tests/import_directions.ts`;
  }
  if (from === to) return undefined;
  if (to === undefined) return `${from} may not import it`;
  if (reachable(from).has(to)) return undefined;
  const types = directions[from]!.types ?? [];
  const typeParts = new Set(types.flatMap((part) => [part, ...reachable(part)]));
  if (!typeParts.has(to)) return `${from} may not import ${to}`;
  return typeOnly ? undefined : `${from} may import types only of ${to}`;
}

/** The path in the repository that a relative specifier means; undefined for a package. */
function resolve(path: string, specifier: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function partOf(path: string): string | undefined {
  return Object.keys(directions).find((part) => path.startsWith(`${part}/`));
}

/** The parts whose values a part may import, directly or through others. */
function reachable(part: string, seen = new Set<string>()): Set<string> {
  for (const next of directions[part]?.values ?? []) {
    if (!seen.has(next)) reachable(next, seen.add(next));
  }
  return seen;
}

/** What mod.ts reaches at run time uses neither packages for machines nor the names of one. */
function checkPure(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string, through: readonly string[]) => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = sources.get(path);
    if (source === undefined) return;
    const way = [...through, path];
    const report = (what: string) =>
      violations.push(`mod.ts is for browsers, but ${way.join(" -> ")} ${what}`);
    const token = withoutComments(source).match(/\bDeno\b|["']node:/)?.[0];
    if (token) report(`uses ${token}`);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (typeOnly) continue;
      if (/tensorflow|onnxruntime|^(node|jsr|https?):/.test(specifier)) {
        report(`imports ${specifier}`);
      }
      const target = resolve(path, specifier);
      if (target) visit(target, way);
    }
  };
  for (const root of pureRoots) visit(root, []);
  return violations;
}
