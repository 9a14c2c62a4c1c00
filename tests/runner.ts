/** What run.ts and ok.ts share: where `@std/assert` comes from, how Deno is started, what its last line says. */
import { browserPath } from "./needs_browser.ts";
import { jupyterPath } from "./needs_jupyter.ts";

/** The folder of the repository. */
export const root = new URL("../", import.meta.url);

const standIns: Readonly<Record<string, URL>> = {
  "@std/assert": new URL("./std_assert.ts", import.meta.url),
};

/** Options for `deno test` and `deno check`, and the folder with the files they point at, to be removed at the end. */
export interface Resolution {
  readonly options: readonly string[];
  readonly description: string;
  readonly folder: string;
}

/**
 * Decides whether `@std/assert` is the real one or the stand-in, for `jsr:` is not reachable everywhere. Either
 * way npm packages are pinned by a copy of deno.lock, so that no run writes to the checkout.
 */
export async function resolveAssertions(): Promise<Resolution> {
  const folder = await Deno.makeTempDir({ prefix: "bitbell-test-" });
  const options = [];
  const lock = `${folder}/deno.lock`;
  try {
    await Deno.copyFile(new URL("deno.lock", root), lock);
    options.push(`--lock=${lock}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    options.push("--no-lock");
  }
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const specifier = config.imports["@std/assert"];
  if (await isAvailable(specifier)) {
    return { options, description: `@std/assert: ${specifier}`, folder };
  }
  const map = `${folder}/import_map.json`;
  await Deno.writeTextFile(map, JSON.stringify(importMap(config, root, standIns)));
  options.push(`--import-map=${map}`);
  return {
    options,
    description: `@std/assert: the stand-in tests/std_assert.ts, as ${specifier} is out of reach`,
    folder,
  };
}

/**
 * Gets the npm packages of the programs that tests start, as those programs resolve them: they start with less access than it takes to get
 * them. Does nothing where they are in Deno's cache.
 */
export async function cachePrograms(): Promise<void> {
  const programs = ["bench/main.ts", "bench/micro/main.ts", "datasets/data_main.ts"];
  const { success, output } = await runDeno(["cache", "--frozen", ...programs]);
  if (!success) throw new Error(`Cannot get the packages of ${programs.join(", ")}: ${output}`);
}

/** Whether Deno can get a module, now or from its cache, within five seconds. */
async function isAvailable(specifier: string): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-lock", "--no-config", specifier],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(5000),
  }).output();
  return success;
}

/** The part of deno.json that says what a bare name means. */
export interface NamedModules {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * The import map that says the same as `imports`, `name` and `exports` of deno.json, with some names pointed elsewhere: given
 * `--import-map`, Deno reads none of them from deno.json.
 */
export function importMap(
  config: NamedModules,
  base: URL,
  replacements: Readonly<Record<string, URL>>,
): { imports: Record<string, string> } {
  const imports: Record<string, string> = {};
  for (const [name, target] of Object.entries(config.imports)) {
    const replacement = replacements[name];
    if (replacement) imports[name] = replacement.href;
    else if (target.startsWith("jsr:")) {
      throw new Error(`Cannot run without ${target} as nothing stands in for it`);
    } else if (target.startsWith("npm:")) {
      imports[name] = target;
      // Deno adds the entry for a package's sub-paths to its own imports only.
      if (!name.endsWith("/")) imports[`${name}/`] ??= `npm:/${target.slice("npm:".length)}/`;
    } else imports[name] = new URL(target, base).href;
  }
  for (const [path, target] of Object.entries(config.exports)) {
    imports[config.name + path.slice(".".length)] = new URL(target, base).href;
  }
  return { imports };
}

/** How a step ended, and what it printed. */
export interface Outcome {
  readonly success: boolean;
  readonly output: string;
}

/** Runs this Deno in the repository; `echo` shows the output while it comes. */
export async function runDeno(
  parameters: readonly string[],
  { env = {}, echo = false }: { env?: Readonly<Record<string, string>>; echo?: boolean } = {},
): Promise<Outcome> {
  return await runCommand(Deno.execPath(), parameters, { env, echo });
}

/** Runs a command in the repository, standard output and error together. */
export async function runCommand(
  command: string,
  parameters: readonly string[],
  { env = {}, echo = false }: { env?: Readonly<Record<string, string>>; echo?: boolean } = {},
): Promise<Outcome> {
  const color: Record<string, string> = echo && Deno.stdout.isTerminal()
    ? { FORCE_COLOR: "1" }
    : { NO_COLOR: "1" };
  const child = new Deno.Command(command, {
    args: [...parameters],
    cwd: root,
    env: { ...color, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const chunks: string[] = [];
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      chunks.push(decoder.decode(chunk, { stream: true }));
      if (echo) await writeAll(chunk);
    }
  };
  const [status] = await Promise.all([
    child.status,
    collect(child.stdout),
    collect(child.stderr),
  ]);
  return { success: status.success, output: chunks.join("") };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}

/** Numbers of tests, and of the skipped ones by the reason that stands in their names. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * Reads the numbers off the output of `deno test`. A run that failed without saying how many tests did (a type error, a
 * missing package) counts as one failure.
 */
export function countTests({ success, output }: Outcome): Counts {
  // deno-lint-ignore no-control-regex
  const lines = output.replaceAll(/\x1b\[[\d;]*m/g, "").split("\n");
  const summary = lines.findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line)) ?? "";
  const number = (label: string) => Number(summary.match(`(\\d+) ${label}`)?.[1] ?? 0);
  const reasons: Record<string, number> = {};
  for (const line of lines) {
    const reason = line.match(/\(skipped: (.+?)\) \.\.\. ignored/)?.[1];
    if (reason) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const failed = number("failed");
  return {
    passed: number("passed"),
    failed: success ? failed : Math.max(failed, 1),
    skipped: number("ignored"),
    reasons,
  };
}

export function addCounts(a: Counts, b: Counts): Counts {
  const reasons: Record<string, number> = { ...a.reasons };
  for (const [reason, count] of Object.entries(b.reasons)) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    reasons,
  };
}

/** One line per reason for which tests were skipped: "skipped: no BITBELL_DATA (12 tests)". */
export function skipLines({ reasons }: Counts): string[] {
  return Object.entries(reasons).map(([reason, count]) =>
    `skipped: ${reason} (${count} ${count === 1 ? "test" : "tests"})`
  );
}

/**
 * What tests may do: read, write and look at the machine, start Deno, a browser and Jupyter, talk to this machine. Not the network: a test that
 * reaches for it fails here, not on the first machine without one.
 */
export const testPermissions: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  `--allow-run=${[Deno.execPath(), browserPath, jupyterPath].filter((path) => path).join(",")}`,
  "--allow-net=127.0.0.1,localhost",
  // Native code, for the tests of tests/needs_onnx.ts.
  ...(Deno.env.get("BITBELL_ONNX") === "1" ? ["--allow-ffi"] : []),
];

/** Files and folders whose examples are run: every doc comment of the library and the code of the guides. */
export const documented: readonly string[] = [
  "mod.ts",
  "lib",
  "datasets",
  "README.md",
  "CONTRIBUTING.md",
];
