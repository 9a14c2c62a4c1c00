import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BenchResults, parseResults } from "../../bench/results.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import config from "../../deno.json" with { type: "json" };
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";
import { withFolder } from "./with_folder.ts";

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

/** The results that a run left in a folder; of several the one of that name. */
function read(folder: string, name = "results"): BenchResults {
  const path = join(folder, `${name}.json`);
  return parseResults(Deno.readTextFileSync(path), path);
}

/** What must be the same in every run of a selection, as text. */
function stable(results: BenchResults): string {
  const { timing: _, ...rest } = results;
  return JSON.stringify(rest);
}

const small = ["--bits", "2", "--methods", "min-max", "--images", "20", "--name", "results"];

slowTest(
  "deno task bench measures what is embedded, from weights to tables and files; on two workers only the timing differs",
  async () => {
    await withFolder(async (folder) => {
      const { code, output, errors } = await run([...small, "--workers", "1", "--out", folder]);
      assertEquals([code, errors], [0, []]);
      const lines = output.split("\n");
      assertStringIncludes(lines[0]!, "Data: embedded");
      assertMatch(
        lines[1]!,
        /^Plan: 20 cells \(fit 4, mse 4, shapes 4, cost 8\); 20 images of shapes; about \d+ (s|min)$/,
      );
      assertMatch(output, /\n\| +32 \| float32 +\|/);
      assertMatch(output, /\n\| +2 \| min-max +\|/);
      const { complete, cells, header, tables } = read(folder);
      assertEquals([complete, header.versions.bitbell], [true, config.version]);
      for (const table of ["fit", "mse", "shapes"]) {
        assertStringIncludes(Deno.readTextFileSync(join(folder, "results.md")), `\n### `);
        assertMatch(Deno.readTextFileSync(join(folder, "results", `${table}.csv`)), /,/);
        assertEquals(cells.some(({ key }) => key.table === table), true);
        assertEquals(tables.includes(table), true);
      }
      assertStringIncludes(Deno.readTextFileSync(join(folder, "results.html")), "</html>");
      // What has a row for each tensor is for the files.
      const row = "\n| conv1.weight ";
      assertStringIncludes(Deno.readTextFileSync(join(folder, "results.md")), row);
      assertEquals(output.includes(row), false);
      assertMatch(output, /\n\(Left out here: \d+ rows of detail\.\)\n/);

      const other = join(folder, "other");
      const { code: otherCode } = await run([...small, "--workers", "2", "--out", other]);
      assertEquals([otherCode, read(other).timing.workers], [0, 2]);
      assertEquals(stable(read(other)), stable(read(folder)));
    });
  },
);

slowTest(
  "deno task bench takes from its journal what it computed before, unless it is to start afresh",
  async () => {
    await withFolder(async (folder) => {
      const options = [
        "--table",
        "mse",
        "--methods",
        "min-max",
        "--out",
        folder,
        "--name",
        "results",
      ];
      const first = await run([...options, "--bits", "2"]);
      assertEquals([first.code, first.errors], [0, []]);
      const before = read(folder);
      const second = await run([...options, "--bits", "2,3"]);
      assertStringIncludes(
        second.output,
        "Plan: 6 cells (mse 6), 3 of them in the journal; no images; about",
      );
      const after = read(folder);
      assertEquals([before.timing.computed, after.timing.computed], [3, 3]);
      assertEquals(after.cells.filter(({ key }) => key.setting!.bits === 2), before.cells);
      const third = await run([...options, "--bits", "2,3"]);
      assertMatch(third.output, /Plan: 6 cells \(mse 6\), 6 of them in the journal; no images\n/);
      assertEquals(stable(read(folder)), stable(after));
      await run([...options, "--bits", "2,3", "--fresh"]);
      assertEquals(read(folder).timing.computed, 6);
      assertEquals(stable(read(folder)), stable(after));
    });
  },
);

slowTest(
  "deno task bench computes again exactly the cells of a checkpoint of which a byte was changed",
  async () => {
    await withFolder(async (folder) => {
      const weights = [
        "weights/cifar10/resnet20-12fca82f.th",
        "weights/cifar10/resnet32-d509ac18.th",
      ];
      await Deno.mkdir(join(folder, "weights/cifar10"), { recursive: true });
      for (const path of weights) {
        await Deno.copyFile(embeddedCheckpoint("shapes-resnet8"), join(folder, path));
      }
      const options = ["--table", "fit,mse", "--networks", "resnet20,resnet32", "--bits", "2,3"];
      const rest = ["--methods", "min-max", "--out", folder, "--name", "results"];
      const env = { BITBELL_DATA: folder };
      await run([...options, ...rest], env);
      const before = read(folder);
      const bytes = await Deno.readFile(join(folder, weights[1]!));
      bytes[bytes.length - 2]! ^= 1;
      await Deno.writeFile(join(folder, weights[1]!), bytes);
      const { output } = await run([...options, ...rest], env);
      assertStringIncludes(output, "Plan: 6 cells (fit 2, mse 4), 3 of them in the journal");
      const after = read(folder);
      assertEquals(after.timing.computed, 3);
      const changed = after.cells.filter(({ inputs }, i) => inputs !== before.cells[i]!.inputs);
      assertEquals(
        changed.map(({ key }) => [key.table, key.network]),
        [["fit"], ["mse"], ["mse"]].map(([table]) => [table, "resnet32 (cifar-10)"]),
      );
    });
  },
);

for (const workers of ["1", "2"]) {
  slowTest(
    `deno task bench, killed at twenty moments with ${workers} workers, ends with the results of an undisturbed run`,
    async () => {
      await withFolder(async (folder) => {
        const selection = [
          "--table",
          "mse,shapes",
          "--methods",
          "min-max,aciq,omse",
          "--bits",
          "2,3,8",
        ];
        const rest = ["--images", "40", "--workers", workers, "--name", "results"];
        const options = ["--networks", "shapes-resnet8,shapes-mlp", ...selection, ...rest];
        const whole = join(folder, "whole"), killed = join(folder, "killed");
        // The first run finds nothing compiled, and says little of how long the others take.
        assertEquals((await run([...options, "--out", whole])).code, 0);
        const begin = performance.now();
        assertEquals((await run([...options, "--out", whole, "--fresh"])).code, 0);
        const duration = performance.now() - begin;
        const prng = createPrng(Number(workers));
        let kills = 0;
        for (let moment = 0; moment < 20; moment++) {
          const process = start([...options, "--out", killed]);
          const timer = setTimeout(() => process.kill("SIGKILL"), prng() * duration);
          const { signal } = await process.output();
          clearTimeout(timer);
          if (signal === "SIGKILL") kills++;
          // Done before its moment came: the next one begins anew.
          else Deno.removeSync(killed, { recursive: true });
        }
        assertEquals(kills >= 5, true, `${kills} kills`);
        const { code, errors } = await run([...options, "--out", killed]);
        assertEquals([code, errors], [0, []]);
        assertEquals(stable(read(killed)), stable(read(whole)));
      });
    },
  );
}

/** Kills the first worker process of a run as soon as there is one; in a process of its own, which may look at others. */
async function killWorker({ pid }: Deno.ChildProcess): Promise<void> {
  const code = `
    const textOf = Deno.readTextFileSync;
    for (;;) {
      const threads = [...Deno.readDirSync("/proc/${pid}/task")];
      const children = threads.flatMap(({ name }) =>
        textOf("/proc/${pid}/task/" + name + "/children").split(" ").filter(Boolean));
      const worker = children.find((id) => textOf("/proc/" + id + "/cmdline").includes("worker_main.ts"));
      if (worker !== undefined) {
        Deno.kill(Number(worker), "SIGKILL");
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }`;
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals(success, true);
}

slowTest(
  "deno task bench replaces a worker process that is killed, the first one too, which tells how fast it is",
  async () => {
    if (Deno.build.os !== "linux") return;
    await withFolder(async (folder) => {
      const options = ["--table", "mse,shapes", "--networks", "shapes-resnet8", ...small];
      const process = start([...options, "--workers", "1", "--out", folder]);
      await killWorker(process);
      const { code, errors } = await outcomeOf(process);
      assertEquals([code, errors], [0, []]);
      const { complete, failures } = read(folder);
      assertEquals([complete, failures], [true, []]);
    });
  },
);

slowTest(
  "deno task bench --table methods measures every network, with images where there are some",
  async () => {
    await withFolder(async (folder) => {
      const options = ["--table", "methods", "--bits", "2", "--methods", "min-max,auto"];
      const rest = ["--granularity", "tensor", "--images", "20", "--out", folder];
      const { code, output, errors } = await run([...options, ...rest]);
      assertEquals([code, errors], [0, []]);
      assertMatch(
        output,
        /Plan: 20 cells \(methods 20\); 20 images of shapes; about \d+ (s|min)\n/,
      );
      assertMatch(output, /### resnet20-own \(cifar-10\).*\n\n\| method +\| +MSE 2 \| +eff. \|\n/);
      assertMatch(output, /### shapes-resnet8.*\n\n\| method +\| +MSE 2 \| +eff. \| +top-1 2 \|\n/);
    });
  },
);

slowTest("deno task bench --checkpoint measures a checkpoint of the user's", async () => {
  await withFolder(async (folder) => {
    const weights = "datasets/embedded/shapes-resnet8.safetensors";
    const options = ["--checkpoint", weights, "--bits", "2", "--methods", "omse", "--out", folder];
    const { code, output, errors } = await run([
      ...options,
      "--table",
      "fit,mse",
      "--name",
      "results",
    ]);
    assertEquals([code, errors], [0, []]);
    assertStringIncludes(output, `Accuracy of ${weights} is not measured: there are no images`);
    assertStringIncludes(output, "### shapes-resnet8.safetensors: 8 tensors; chosen: ");
    assertEquals(read(folder).cells.map(({ key }) => key.table), ["fit", "mse"]);
  });
});

slowTest(
  "deno task bench ends on Ctrl-C with one line and exit code 130, and goes on from there",
  async () => {
    if (Deno.build.os === "windows") return;
    await withFolder(async (folder) => {
      const options = ["--table", "mse", "--bits", "7,8", "--methods", "omse"];
      const rest = ["--networks", "resnet20-own", "--out", folder, "--name", "results"];
      const process = start([...options, ...rest]);
      const cells = () => {
        if (!exists(join(folder, "journal.sqlite"))) return 0;
        const database = new DatabaseSync(join(folder, "journal.sqlite"), { readOnly: true });
        try {
          return database.prepare("select count(*) as cells from cells").get()!.cells as number;
        } catch {
          // The table is not there yet.
          return 0;
        } finally {
          database.close();
        }
      };
      while (cells() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      process.kill("SIGINT");
      const { code, errors } = await outcomeOf(process);
      assertEquals(code, 130);
      assertEquals(errors.length, 1);
      assertMatch(
        errors[0]!,
        /^Interrupted: \d+ cells are in .*journal\.sqlite; the same command goes on from there$/,
      );
      assertEquals(exists(join(folder, "results.json")), false);
      const done = cells();
      const { output } = await run([...options, ...rest]);
      assertMatch(output, new RegExp(`Plan: 4 cells \\(mse 4\\), ${done} of them in the journal`));
    });
  },
);

/** Runs that must fail: with which options, and what the one line says. */
const failures: readonly (readonly [string, options: readonly string[], message: RegExp])[] = [
  ["bits 17", ["--bits", "17"], /--bits must be an integer in \[1, 16\]: current value is 17/],
  ["an unknown network", ["--networks", "vgg"], /--networks must be some of resnet20-own, .* vgg/],
  ["images that are not there", ["--table", "cifar10"], /no images of cifar-10: `deno task data/],
  ["a missing checkpoint", ["--checkpoint", "no/such.pth"], /no[/\\]such\.pth/],
  [
    "an address",
    ["--checkpoint", "https://localhost/a.pth"],
    /a\.pth as the bench downloads nothing/,
  ],
  ["a file that is no checkpoint", ["--checkpoint", "README.md"], /README\.md/],
  [
    "a checkpoint of another architecture",
    ["--checkpoint", "datasets/embedded/shapes-resnet8.safetensors", "--network", "resnet20-cifar"],
    /resnet20-cifar/,
  ],
  ["a folder that is a file", ["--out", "README.md"], /Cannot write to .*README\.md: /],
];

for (const [criterion, options, message] of failures) {
  slowTest(`deno task bench refuses ${criterion} in one line, without a stack`, async () => {
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
  slowTest(`deno task bench refuses ${criterion} in one line, without a stack`, async () => {
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
