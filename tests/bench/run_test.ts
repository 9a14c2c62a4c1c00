import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type BenchResults, parseResults } from "../../bench/results.ts";
import config from "../../deno.json" with { type: "json" };
import { slowTest } from "../needs_data.ts";

const root = join(import.meta.dirname!, "../..");
const [, ...command] = config.tasks.bench.command.split(" ");

/** What a run of the task leaves. */
interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: readonly string[];
}

/** A run of the task as `deno task bench` starts it, its permissions included, without a data folder unless `env` names one. */
function start(options: readonly string[], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: [...command, ...options],
    cwd: root,
    // An empty cache folder: what was downloaded on this machine must not matter.
    env: { BITBELL_DATA: "", BITBELL_CACHE: join(root, "no-such-folder"), INIT_CWD: root, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outcomeOf(process: Deno.ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // Deno itself may have a package to look up where its cache is new; what the bench says is what counts.
  const errors = text(stderr).split("\n").filter((line) => line && !line.startsWith("Download "));
  return { code, output: text(stdout), errors };
}

const run = (options: readonly string[], env?: Record<string, string>) =>
  outcomeOf(start(options, env));

/** Hands out the path of a results file in bench/out, the one place where the task may write, and removes it afterwards. */
async function withResults(
  body: (path: string, read: () => BenchResults) => Promise<void>,
): Promise<void> {
  const path = join(root, "bench", "out", `test-${crypto.randomUUID()}.json`);
  try {
    await body(path, () => parseResults(Deno.readTextFileSync(path), path));
  } finally {
    try {
      Deno.removeSync(path);
    } catch {
      // The run wrote none.
    }
  }
}

const small = ["--bits", "2", "--methods", "min-max", "--images", "20", "--workers", "1"];

slowTest("deno task bench measures what is embedded, from weights to tables", async () => {
  await withResults(async (path, read) => {
    const { code, output, errors } = await run([...small, "--json", path]);
    assertEquals([code, errors], [0, []]);
    const lines = output.split("\n");
    assertStringIncludes(lines[0]!, "Data: embedded");
    assertMatch(
      lines[1]!,
      /^Plan: 8 cells \(fit 3, mse 3, shapes 2\); 20 images of shapes; about \d+ s$/,
    );
    assertMatch(output, /\n\| +32 \| float32 +\|/);
    assertMatch(output, /\n\| +2 \| min-max +\|/);
    const { complete, cells, header } = read();
    assertEquals([complete, cells.length], [true, 8]);
    assertEquals(header.versions.bitbell, config.version);
  });
});

slowTest("deno task bench gives the same results twice; only the timing differs", async () => {
  const stable: string[] = [];
  for (let i = 0; i < 2; i++) {
    await withResults(async (path, read) => {
      await run([...small, "--json", path]);
      const { timing: _, ...rest } = read();
      stable.push(JSON.stringify(rest));
    });
  }
  assertEquals(stable[0], stable[1]);
});

Deno.test("deno task bench --resume computes only the cells that are missing", async () => {
  await withResults(async (path, read) => {
    const options = ["--table", "fit,mse", "--bits", "2", "--methods", "min-max", "--json", path];
    const first = await run(options);
    assertEquals([first.code, first.errors], [0, []]);
    const whole = read();
    const { timing: _, ...rest } = whole;
    // As if it had been interrupted after three cells; the third is marked, so that one sees that it is not computed again.
    const marked = { ...whole.cells[2]!, result: { relativeMse: 42, families: {} } };
    const cells = [...whole.cells.slice(0, 2), marked];
    Deno.writeTextFileSync(path, JSON.stringify({ ...whole, complete: false, cells }));
    const second = await run([...options, "--resume"]);
    assertStringIncludes(second.output, "4 cells (fit 2, mse 2), 3 of them read back");
    assertEquals(read().cells, [...rest.cells.slice(0, 2), marked, rest.cells[3]!]);
    const other = await run([...options.with(3, "4"), "--resume"]);
    assertStringIncludes(
      other.output,
      "Nothing to resume: the earlier run differs in its selection",
    );
  });
});

slowTest(
  "deno task bench --table methods measures every network, with images where there are some, and resumes",
  async () => {
    await withResults(async (path, read) => {
      const options = ["--table", "methods", "--bits", "2", "--methods", "min-max,auto"];
      const rest = ["--granularity", "tensor", "--images", "20", "--workers", "1", "--json", path];
      const { code, output, errors } = await run([...options, ...rest]);
      assertEquals([code, errors], [0, []]);
      assertMatch(output, /Plan: 15 cells \(methods 15\); 20 images of shapes; about \d+ s\n/);
      assertMatch(output, /### resnet20-own \(cifar-10\).*\n\n\| method +\| +MSE 2 \| +eff. \|\n/);
      assertMatch(output, /### shapes-resnet8.*\n\n\| method +\| +MSE 2 \| +eff. \| +top-1 2 \|\n/);
      const whole = read();
      const cells = whole.cells.slice(0, 9);
      Deno.writeTextFileSync(path, JSON.stringify({ ...whole, complete: false, cells }));
      const second = await run([...options, ...rest, "--resume"]);
      assertStringIncludes(second.output, "15 cells (methods 15), 9 of them read back");
      assertEquals(read().cells, whole.cells);
    });
  },
);

Deno.test("deno task bench --weights measures a checkpoint of the user's", async () => {
  await withResults(async (path, read) => {
    const weights = "datasets/embedded/resnet20-cifar100.safetensors";
    const options = ["--weights", weights, "--bits", "2", "--methods", "omse", "--json", path];
    const { code, output, errors } = await run(options);
    assertEquals([code, errors], [0, []]);
    assertStringIncludes(output, `Accuracy of ${weights} is not measured: there are no images`);
    assertStringIncludes(output, "### resnet20-cifar100.safetensors: 20 tensors; chosen: ");
    assertEquals(read().cells.map(({ key }) => key.table), ["fit", "mse"]);
  });
});

Deno.test("deno task bench ends on Ctrl-C with one line and exit code 130, and leaves whole cells", async () => {
  if (Deno.build.os === "windows") return;
  await withResults(async (path, read) => {
    const options = ["--table", "mse", "--granularity", "channel", "--bits", "8,9,10,11,12"];
    const process = start([...options, "--json", path]);
    while (!exists(path)) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill("SIGINT");
    const { code, errors } = await outcomeOf(process);
    assertEquals(code, 130);
    assertEquals(errors.length, 1);
    assertMatch(
      errors[0]!,
      /^Interrupted: \d+ of 70 cells are in bench\/out\/test-.*\.json; --resume goes on from there$/,
    );
    assertEquals(read().complete, false);
    assert(read().cells.length < 70);
  });
});

/** Runs that must fail: with which options, and what the one line says. */
const failures: readonly (readonly [string, options: readonly string[], message: RegExp])[] = [
  ["bits 17", ["--bits", "17"], /--bits must be an integer in \[1, 16\]: current value is 17/],
  ["an unknown network", ["--networks", "vgg"], /--networks must be some of resnet20-own, .* vgg/],
  ["images that are not there", ["--table", "cifar10"], /no images of cifar-10: `deno task data/],
  ["a missing checkpoint", ["--weights", "no/such.pth"], /no[/\\]such\.pth/],
  ["an address", ["--weights", "https://localhost/a.pth"], /a\.pth as the bench downloads nothing/],
  ["a file that is no checkpoint", ["--weights", "README.md"], /README\.md/],
  ["a results file elsewhere", ["--json", "../a.json"], /Cannot write .*a\.json: the permission/],
];

for (const [criterion, options, message] of failures) {
  Deno.test(`deno task bench refuses ${criterion} in one line, without a stack`, async () => {
    const { code, errors } = await run(options);
    assertEquals([code, errors.length], [1, 1]);
    assertMatch(errors[0]!, message);
  });
}

/** Data folders that can't be used: the length of their CIFAR-10 file, undefined where the folder is missing. */
const badData: readonly (readonly [string, bytes: number | undefined, message: RegExp])[] = [
  ["a missing data folder", undefined, /BITBELL_DATA names: there is no folder/],
  ["a CIFAR file of wrong length", 5000, /test_batch\.bin as CIFAR-10: its 5000 bytes/],
  [
    "more images than there are",
    2 * 3073,
    /test_batch\.bin: Cannot choose 30 balanced images of 2/,
  ],
];

for (const [criterion, bytes, message] of badData) {
  Deno.test(`deno task bench refuses ${criterion} in one line, without a stack`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      if (bytes !== undefined) {
        await Deno.mkdir(join(folder, "data/cifar-10"), { recursive: true });
        await Deno.writeFile(join(folder, "data/cifar-10/test_batch.bin"), new Uint8Array(bytes));
      }
      const options = ["--table", "cifar10", "--images", "30"];
      const { code, errors } = await run(options, { BITBELL_DATA: join(folder, "data") });
      assertEquals([code, errors.length], [1, 1]);
      assertMatch(errors[0]!, message);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
