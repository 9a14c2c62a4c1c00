import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { openJournal } from "../../bench/journal.ts";
import type { CellKey } from "../../bench/results.ts";
import { cellName } from "../../bench/results.ts";
import { openStore, runCells } from "../../bench/run_cells.ts";
import type { Scene } from "../../bench/scene.ts";
import type { BenchTable } from "../../bench/tables/table.ts";
import { startWorkerProcess, WorkerDied, type WorkerProcess } from "../../bench/worker_process.ts";
import { embeddedCheckpoint, embeddedSha256 } from "../../datasets/embedded.ts";
import { slowTest } from "../needs_data.ts";
import { exampleResults } from "./example_results.ts";
import { withFolder } from "./with_folder.ts";

const [record] = exampleResults.header.networks;
const scene: Scene = {
  selection: exampleResults.header.selection,
  networks: [{
    record: { ...record!, sha256: embeddedSha256["shapes-resnet8"] },
    path: embeddedCheckpoint("shapes-resnet8").pathname,
    evaluable: false,
  }],
  sets: [],
};

const keyOf = (variant: string): CellKey => ({ table: "made-up", network: record!.label, variant });

/** A table of cells that workers compute; some follow from others. */
const tableOf = (variants: readonly string[], later: readonly string[] = []): BenchTable => ({
  name: "made-up",
  title: "Made up",
  module: import.meta.url,
  plan: (_, done) => [...variants, ...(done.length >= variants.length ? later : [])].map(keyOf),
  run: () => {},
  estimate: () => 1,
  page: () => ({ name: "made-up", title: "Made up", sections: [], footnotes: [] }),
});

const silent = { onProgress: () => {}, onSettled: () => {} };

/** Workers that answer with the cell's name, unless they are told otherwise. */
function fakeWorkers(answer: (variant: string, worker: number) => unknown) {
  let started = 0;
  const closed: number[] = [];
  const start = (): Promise<WorkerProcess> => {
    const worker = started++;
    const ask = async (request: { readonly key?: CellKey }) => {
      await new Promise((resolve) => setTimeout(resolve));
      return {
        kind: "cell",
        result: answer(request.key!.variant!, worker),
        timing: { seconds: 1 },
      };
    };
    return Promise.resolve({
      ask: ask as unknown as WorkerProcess["ask"],
      close: () => closed.push(worker),
    });
  };
  return { start, started: () => started, closed };
}

async function withStore(
  table: BenchTable,
  body: (open: (fresh?: boolean) => ReturnType<typeof openStore>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const journal = openJournal(join(folder, "journal.sqlite"));
    const versions = { deno: "1" };
    try {
      await body((fresh = false) =>
        openStore({ tables: [table], scene, journal, versions, fresh })
      );
    } finally {
      journal.close();
    }
  });
}

const namesOf = (cells: readonly { readonly key: CellKey }[]) =>
  cells.map(({ key }) => key.variant);

for (const workers of [1, 2, 5]) {
  Deno.test(`runCells() computes every cell once with ${workers} workers, and keeps the plan's order`, async () => {
    await withStore(tableOf(["a", "b", "c", "d"], ["e", "f"]), async (open) => {
      const asked: string[] = [];
      const fakes = fakeWorkers((variant) => {
        asked.push(variant);
        return `result ${variant}`;
      });
      const store = open();
      await runCells(store, scene, { workers, listeners: silent, start: fakes.start });
      assertEquals(asked.toSorted(), ["a", "b", "c", "d", "e", "f"]);
      assertEquals(namesOf(store.cells()), ["a", "b", "c", "d", "e", "f"]);
      assertEquals(store.cells()[1]!.result, "result b");
      assertEquals(store.computed(), 6);
      assertEquals(fakes.closed.length, fakes.started());
    });
  });
}

Deno.test("openStore() takes from the journal what was computed before, what follows from it too, and nothing when fresh", async () => {
  await withStore(tableOf(["a", "b"], ["c"]), async (open) => {
    const fakes = fakeWorkers((variant) => variant);
    await runCells(open(), scene, { workers: 1, listeners: silent, start: fakes.start });
    const again = open();
    assertEquals(namesOf(again.cells()), ["a", "b", "c"]);
    assertEquals([again.missing().length, again.computed()], [0, 0]);
    assertEquals(again.timings()[cellName(keyOf("a"))], { seconds: 1 });
    assertEquals(namesOf(open(true).missing()), ["a", "b"]);
  });
});

Deno.test("runCells() replaces a worker that dies, and tries its cell once more", async () => {
  await withStore(tableOf(["a", "b", "c"]), async (open) => {
    const fakes = fakeWorkers((variant, worker) => {
      if (variant === "b" && worker === 0) throw new WorkerDied("a worker process ended");
      return variant;
    });
    const store = open();
    await runCells(store, scene, { workers: 1, listeners: silent, start: fakes.start });
    assertEquals(namesOf(store.cells()), ["a", "b", "c"]);
    assertEquals([fakes.started(), store.failures()], [2, []]);
  });
});

Deno.test("runCells() reports a cell over which two workers died, and goes on with the others", async () => {
  await withStore(tableOf(["a", "b", "c"], ["never"]), async (open) => {
    const fakes = fakeWorkers((variant) => {
      if (variant === "b") throw new WorkerDied("a worker process ended with SIGKILL");
      return variant;
    });
    const store = open();
    await runCells(store, scene, { workers: 1, listeners: silent, start: fakes.start });
    assertEquals(namesOf(store.cells()), ["a", "c"]);
    assertEquals(store.failures(), [{
      key: keyOf("b"),
      message: `Cannot measure ${
        cellName(keyOf("b"))
      } (weights/a.th): a worker process ended with SIGKILL, 2 times`,
    }]);
    assertEquals(fakes.started(), 3);
  });
});

Deno.test("runCells() reports a cell that fails without trying it again; it isn't in the journal", async () => {
  await withStore(tableOf(["a", "b"]), async (open) => {
    let asked = 0;
    const fakes = fakeWorkers((variant) => {
      if (variant === "a") return variant;
      asked++;
      throw new RangeError("no such width");
    });
    const store = open();
    await runCells(store, scene, { workers: 2, listeners: silent, start: fakes.start });
    assertEquals(store.failures().map(({ message }) => message), [
      `Cannot measure ${cellName(keyOf("b"))} (weights/a.th): no such width`,
    ]);
    assertEquals([asked, namesOf(open().missing())], [1, ["b"]]);
  });
});

Deno.test("runCells() ends when the journal can't be written: no cell is blamed, no other is begun", async () => {
  await withStore(tableOf(["a", "b", "c"]), async (open) => {
    const asked: string[] = [];
    const fakes = fakeWorkers((variant) => asked.push(variant));
    const store = {
      ...open(),
      add: () => {
        throw new Error("Cannot write to journal.sqlite: database or disk is full");
      },
    };
    await assertRejects(
      () => runCells(store, scene, { workers: 1, listeners: silent, start: fakes.start }),
      Error,
      "Cannot write to journal.sqlite",
    );
    assertEquals([asked, store.failures()], [["a"], []]);
  });
});

slowTest("startWorkerProcess() leaves no listener behind for a worker that ended", async () => {
  const before = process.listenerCount("exit");
  const worker = await startWorkerProcess(scene, "no folder is needed but for onnx");
  worker.close();
  assertEquals(process.listenerCount("exit"), before);
});

Deno.test("startWorkerProcess() computes cells; one that is killed rejects what it was asked", async () => {
  const worker = await startWorkerProcess(scene, "no folder is needed but for onnx");
  const key: CellKey = { table: "fit", network: record!.label };
  const { result, timing } = await worker.ask({ kind: "cell", key });
  assertEquals(Array.isArray(result), true);
  assertEquals(timing.seconds > 0, true);
  const unknown = worker.ask({ kind: "cell", key: { ...key, network: "nowhere" } });
  const { message } = await assertRejects(() => unknown, Error);
  assertStringIncludes(message, "Cannot find the network nowhere");
  const next = worker.ask({ kind: "cell", key });
  worker.close();
  const died = await assertRejects(() => next, WorkerDied);
  assertStringIncludes(died.message, "a worker process ended with SIGKILL");
  await assertRejects(() => worker.ask({ kind: "cell", key }), WorkerDied);
});
