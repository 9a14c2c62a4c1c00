/**
 * `deno task ok`: everything to know before a commit, in about a minute; full output of what fails only. Of the examples, all are
 * type-checked and those of changed files run: `deno task test` runs all.
 */
import { changedFiles } from "./changed_files.ts";
import {
  cachePrograms,
  countTests,
  documented,
  type Outcome,
  resolveAssertions,
  runCommand,
  runDeno,
  skipLines,
  testPermissions,
} from "./runner.ts";

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
  /** Whether the output is that of `deno test`, whose numbers are worth a line. */
  readonly counted?: boolean;
}

const started = performance.now();
const resolution = await resolveAssertions();
const config = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
const before = await gitStatus();

// The tests leave types to the check, and quick ones only: BITBELL_SLOW is for `deno task test`.
const test = ["--quiet", "--parallel", "--no-check", ...resolution.options, ...testPermissions];
const env = { BITBELL_SLOW: "" };
const checks: Step[] = [
  { name: "format", run: () => runDeno(["fmt", "--check"]) },
  { name: "lint", run: () => runDeno(["lint"]) },
  {
    name: "doc comments",
    run: async () =>
      withoutMembers(
        await runDeno([
          "doc",
          "--lint",
          ...resolution.options,
          ...Object.values<string>(config.exports),
        ]),
      ),
  },
  {
    name: "types",
    run: () => runDeno(["check", "--quiet", "--doc", ...resolution.options, ".", ...documented]),
  },
];
const tests: Step[] = [
  { name: "tests", run: () => runDeno(["test", ...test, "tests"], { env }), counted: true },
  { name: "examples", run: runChangedExamples, counted: true },
];

console.log(resolution.description);
const failures: string[] = [];
try {
  await cachePrograms();
  // Two lanes: the checks are single-threaded, the tests leave a core idle at times.
  await Promise.all([checks, tests].map(runInOrder));
  await runInOrder([{ name: "clean checkout", run: checkClean }]);
} finally {
  await Deno.remove(resolution.folder, { recursive: true });
}
for (const failure of failures) console.log(`\n${failure}`);
const seconds = secondsSince(started);
console.log(failures.length === 0 ? `ok in ${seconds}` : `FAILED in ${seconds}`);
Deno.exit(failures.length === 0 ? 0 : 1);

async function runInOrder(steps: readonly Step[]): Promise<void> {
  for (const { name, run, counted } of steps) {
    const start = performance.now();
    const outcome = await run();
    const notes = [outcome.success ? "ok" : "FAILED"];
    if (counted) {
      const counts = countTests(outcome);
      notes.push(`${counts.passed} passed`, `${counts.failed} failed`, ...skipLines(counts));
    }
    console.log(`${name.padEnd(15)} ${secondsSince(start).padStart(7)}  ${notes.join(", ")}`);
    if (!outcome.success) failures.push(`--- ${name} ---\n${outcome.output.trim()}`);
  }
}

/** `deno doc --lint` wants a comment on every field too: one is due where the name does not say it all, so those go. */
function withoutMembers({ success, output }: Outcome): Outcome {
  const findings = output.split(/^(?=error\[)/m).filter((part) => part.startsWith("error["));
  const due = findings.filter((finding) =>
    !/^error\[missing-jsdoc\][^]*?--> .+:\d+:(?!1\n)/.test(finding)
  );
  const ignored = findings.length > 0 && due.length === 0;
  return { success: success || ignored, output: findings.length > 0 ? due.join("") : output };
}

function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

async function runChangedExamples(): Promise<Outcome> {
  const files = before === undefined ? documented : changedFiles(before).filter(hasExamples);
  if (files.length === 0) return { success: true, output: "" };
  return await runDeno(["test", "--doc", "--permit-no-files", ...test, ...files], { env });
}

/** Whether a file is one of those whose examples are run, or a folder of new ones. */
function hasExamples(path: string): boolean {
  return documented.some((part) => path === part || path.startsWith(`${part}/`)) &&
    /\.ts$|\.md$|\/$/.test(path);
}

/** What git sees as changed; undefined outside a checkout. */
async function gitStatus(): Promise<string | undefined> {
  try {
    const { success, output } = await runCommand("git", ["status", "--porcelain", "-z"]);
    return success ? output : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function checkClean(): Promise<Outcome> {
  const after = await gitStatus();
  const shown = (status = "") => status.replaceAll("\0", "\n");
  const output = `git status before:\n${shown(before)}\nand after:\n${shown(after)}`;
  return { success: after === before, output };
}
