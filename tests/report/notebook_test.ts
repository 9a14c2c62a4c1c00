import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import type { AdaRoundOptions } from "../../lib/calibration/ada_round.ts";
import type { QuantizeWithImagesOptions } from "../../lib/calibration/quantize_with_images.ts";
import type { QuantizeCheckpointOptions } from "../../lib/compression/quantize_checkpoint.ts";
import type { FitMixtureOptions } from "../../lib/distributions/fit_mixture.ts";
import type { EvaluateOptions } from "../../lib/evaluation/evaluate_accuracy.ts";
import type { KsTestFittedOptions } from "../../lib/goodness/ks_test_fitted.ts";
import type { KMeansOptions } from "../../lib/quantizers/k_means.ts";
import type { MimeBundle } from "../../lib/report/display/mime_bundle.ts";
import type { OnProgress } from "../../lib/report/display/progress.ts";
import { type NotebookHost, openNotebook } from "../../lib/report/notebook.ts";

/** What a kernel was asked to show, and its outputs as a reader sees them: an update puts one in the place of another. */
function fakeHost() {
  const sent: { readonly text: string; readonly isUpdate: boolean }[] = [];
  const outputs = new Map<string, MimeBundle>();
  const listeners: (() => void)[] = [];
  const host: NotebookHost = {
    jupyter: {
      display(bundle, { display_id = `output ${outputs.size}`, update = false }) {
        assertEquals(update, outputs.has(display_id));
        outputs.set(display_id, bundle);
        sent.push({ text: String(bundle["text/plain"]), isUpdate: update });
        return Promise.resolve();
      },
    },
    addSignalListener(_, listener) {
      listeners.push(listener);
    },
  };
  return {
    host,
    sent,
    listeners,
    interrupt: () => listeners.forEach((listener) => listener()),
    texts: () => [...outputs.values()].map((bundle) => bundle["text/plain"]),
  };
}

/** A clock that tells what it is told. */
function fakeClock() {
  let time = 0;
  return { now: () => time, pass: (milliseconds: number) => time += milliseconds };
}

/** Lets promises settle and messages be sent. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("show() sends each value in its own output, strings as Markdown", async () => {
  const { host, texts } = fakeHost();
  const { show } = openNotebook(host);
  await show("*a*", { columns: [{ title: "b" }], rows: [[1]] });
  assertEquals(texts(), ["*a*", "|   b |\n| --: |\n|   1 |"]);
});

Deno.test("show() shows nothing if it can't show all", async () => {
  const { host, texts } = fakeHost();
  const { show } = openNotebook(host);
  await assertRejects(() => show("a", 5), TypeError, "Cannot display a value");
  assertEquals(texts(), []);
});

Deno.test("show() and watch() wait for outputs that are under way: the end of the cell must not overtake them", async () => {
  const arrived: unknown[] = [];
  const late: NotebookHost = {
    jupyter: {
      display(bundle) {
        setTimeout(() => arrived.push(bundle["text/plain"]), 5);
        return Promise.resolve();
      },
    },
    addSignalListener() {},
  };
  const { show, watch, each } = openNotebook(late);
  await show("a");
  assertEquals(arrived.at(-1), "a");
  await watch("b", () => {});
  assertEquals(arrived.at(-1), "b: done");
  await each("c", [], () => {});
  assertEquals(arrived.at(-1), "c: done, 0 of 0");
  await assertRejects(() => watch("d", () => Promise.reject(new Error("e"))), Error, "e");
  assertEquals(arrived.at(-1), "d: failed");
});

Deno.test("watch() gives the result, and leaves one line that says what was done", async () => {
  const { host, texts, sent } = fakeHost();
  const { watch } = openNotebook(host);
  const result = await watch("Accuracy", async ({ onProgress }) => {
    for (let done = 0; done <= 1000; done += 250) {
      onProgress(done, 1000);
      await settle();
    }
    return 0.9;
  });
  assertEquals(result, 0.9);
  assertEquals(texts(), ["Accuracy: done, 1,000 of 1,000"]);
  assertEquals(sent.map(({ text }) => text), [
    "Accuracy ...",
    "Accuracy: 250 of 1,000 (25 %)",
    "Accuracy: 500 of 1,000 (50 %)",
    "Accuracy: 750 of 1,000 (75 %)",
    "Accuracy: 1,000 of 1,000 (100 %)",
    "Accuracy: done, 1,000 of 1,000",
  ]);
});

Deno.test("watch() with a clock says what time is left, and changes its line four times a second at most", async () => {
  const { host, sent } = fakeHost();
  const clock = fakeClock();
  const { watch } = openNotebook(host, clock);
  await watch("Fit", async ({ onProgress }) => {
    for (let done = 1; done <= 100; done++) {
      clock.pass(100);
      onProgress(done, 100);
      await settle();
    }
  });
  const between = sent.slice(1, -1).map(({ text }) => text);
  // A third call is the first after a quarter of a second.
  assertEquals(between.length, 33);
  assertEquals(between[0], "Fit: 3 of 100 (3 %)");
  assertEquals(between[15], "Fit: 48 of 100 (48 %), about 6 s left");
});

Deno.test("watch() tells minutes where seconds are too many", async () => {
  const { host, sent } = fakeHost();
  const clock = fakeClock();
  const { watch } = openNotebook(host, clock);
  await watch("Fit", async ({ onProgress }) => {
    clock.pass(60_000);
    onProgress(0.25);
    await settle();
  });
  assertEquals(sent[1]!.text, "Fit: 25 %, about 3 min left");
});

Deno.test("watch() says nothing of the time left where it has measured for less than a second", async () => {
  const { host, sent } = fakeHost();
  const clock = fakeClock();
  const { watch } = openNotebook(host, clock);
  await watch("Fit", async ({ onProgress }) => {
    for (const share of [0.5, 0.6]) {
      clock.pass(600);
      onProgress(share);
      await settle();
    }
  });
  assertEquals(sent.slice(1, -1).map(({ text }) => text), [
    "Fit: 50 %",
    "Fit: 60 %, about 1 s left",
  ]);
});

Deno.test("watch() drops what comes while the front end is busy, and its last words come last", async () => {
  const { host, sent } = fakeHost();
  const slow: NotebookHost = {
    ...host,
    jupyter: {
      display: async (bundle, options) => {
        // The last words would overtake it.
        const isBar = String(bundle["text/html"]).includes("<progress");
        if (isBar) await new Promise((resolve) => setTimeout(resolve, 10));
        await host.jupyter.display(bundle, options);
      },
    },
  };
  const { watch } = openNotebook(slow);
  await watch("Fit", ({ onProgress }) => {
    for (let done = 1; done <= 100; done++) onProgress(done, 100);
  });
  assertEquals(sent.map(({ text }) => text), [
    "Fit ...",
    "Fit: 2 of 100 (2 %)",
    "Fit: done, 100 of 100",
  ]);
});

Deno.test("watch() goes on where its line can't be changed", async () => {
  const { host } = fakeHost();
  let calls = 0;
  const failing: NotebookHost = {
    ...host,
    jupyter: { display: () => ++calls === 2 ? Promise.reject(new Error("no")) : Promise.resolve() },
  };
  const { watch } = openNotebook(failing);
  const result = await watch("Fit", async ({ onProgress }) => {
    onProgress(0.5);
    await settle();
    return 1;
  });
  assertEquals([result, calls], [1, 3]);
});

Deno.test("watch() keeps the result, and the error of work, where its last words can't be shown", async () => {
  let sent = 0;
  const deaf: NotebookHost = {
    jupyter: {
      display: () => sent++ === 0 ? Promise.resolve() : Promise.reject(new Error("deaf")),
    },
    addSignalListener() {},
  };
  const { watch } = openNotebook(deaf);
  assertEquals(await watch("a", () => 7), 7);
  sent = 0;
  await assertRejects(() => watch("b", () => Promise.reject(new Error("work"))), Error, "work");
});

Deno.test("watch() says the percents that a count makes, and goes on where another pass begins", async () => {
  const { host, sent } = fakeHost();
  const { watch } = openNotebook(host);
  await watch("a", async ({ onProgress }) => {
    for (const done of [29, 57, 0, 29]) {
      onProgress(done, 100);
      await settle();
    }
  });
  assertEquals(sent.slice(1, -1).map(({ text }) => text), [
    "a: 29 of 100 (29 %)",
    "a: 57 of 100 (57 %)",
    "a: 0 of 100 (0 %)",
    "a: 29 of 100 (29 %)",
  ]);
});

Deno.test("watch() that is interrupted rejects at once with a sentence, aborts its signal, and the next one works", async () => {
  const { host, interrupt, texts } = fakeHost();
  const { watch } = openNotebook(host);
  let reason: unknown;
  const watched = watch("Accuracy", ({ signal, onProgress }) => {
    onProgress(400, 1000);
    signal.addEventListener("abort", () => reason = signal.reason);
    // Never heeds the signal.
    return new Promise<never>(() => {});
  });
  await settle();
  interrupt();
  const sentence =
    "Accuracy: interrupted at 400 of 1,000; nothing of it is kept, run the cell again to do it all";
  const error = await assertRejects(() => watched, DOMException, sentence);
  assertEquals(error.name, "AbortError");
  assertStrictEquals(reason, error);
  assertEquals(texts(), [sentence]);
  assertEquals(await watch("Again", () => 2), 2);
});

Deno.test("watch() that is interrupted says so whatever error the work makes of its signal", async () => {
  const { host, interrupt, texts } = fakeHost();
  const { watch } = openNotebook(host);
  const watched = watch("Fit", ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new TypeError("worker gone")));
    }));
  await settle();
  interrupt();
  await assertRejects(() => watched, DOMException, "Fit: interrupted; nothing of it is kept");
  assertStringIncludes(String(texts()[0]), "Fit: interrupted");
});

Deno.test("watch() hands on the error of work that fails, and the line says that it failed", async () => {
  const { host, texts } = fakeHost();
  const { watch } = openNotebook(host);
  const failing = () =>
    watch("Fit", ({ onProgress }) => {
      onProgress(1, 3);
      throw new RangeError("no such family");
    });
  await assertRejects(failing, RangeError, "no such family");
  assertEquals(texts(), ["Fit: failed at 1 of 3"]);
});

Deno.test("openNotebook() listens once in a kernel, and an interruption outside of work does nothing", async () => {
  const { host, listeners, interrupt } = fakeHost();
  openNotebook(host);
  const { watch } = openNotebook(host);
  assertEquals(listeners.length, 1);
  interrupt();
  assertEquals(await watch("Fit", ({ signal }) => signal.aborted), false);
});

Deno.test("each() gives the results in order, under one line for all items", async () => {
  const { host, texts, sent } = fakeHost();
  const { each } = openNotebook(host);
  const squares = await each("Squares", new Set([3, 1, 2]), async (n, { onProgress }) => {
    onProgress(1, 2);
    await settle();
    return n * n;
  });
  assertEquals(squares, [9, 1, 4]);
  assertEquals(texts(), ["Squares: done, 3 of 3"]);
  assertEquals(sent.slice(1, 5).map(({ text }) => text), [
    "Squares: 0 of 3 (16 %)",
    "Squares: 1 of 3 (33 %)",
    "Squares: 1 of 3 (50 %)",
    "Squares: 2 of 3 (66 %)",
  ]);
});

Deno.test("each() that is interrupted returns what is done, and the line says how many", async () => {
  const { host, interrupt, texts } = fakeHost();
  const { each } = openNotebook(host);
  const seen: number[] = [];
  const rows = await each("Rows", [1, 2, 3, 4], (n, { signal }) => {
    seen.push(n);
    if (n === 3) interrupt();
    return signal.aborted ? Promise.reject(signal.reason) : 10 * n;
  });
  assertEquals(rows, [10, 20]);
  assertEquals(seen, [1, 2, 3]);
  const sentence =
    "Rows: interrupted at 2 of 4; what is done is kept, run the cell again to do it all";
  assertEquals(texts(), [sentence]);
});

Deno.test("each() keeps nothing of an item that ends after the interruption", async () => {
  const { host, interrupt } = fakeHost();
  const { each } = openNotebook(host);
  const rows = await each("Rows", [1, 2], async (n) => {
    if (n === 2) interrupt();
    await settle();
    return n;
  });
  await settle();
  await settle();
  assertEquals(rows, [1]);
});

Deno.test("each() hears an interruption though its work only computes", async () => {
  const { host, interrupt } = fakeHost();
  const { each } = openNotebook(host);
  setTimeout(interrupt);
  const rows = await each("Rows", Array.from({ length: 1000 }, (_, i) => i), (i) => i);
  assert(rows.length < 1000, `${rows.length} rows`);
  await settle();
});

Deno.test("each() of nothing is done at once, and an error ends it", async () => {
  const { host, texts } = fakeHost();
  const { each } = openNotebook(host);
  assertEquals(await each("None", [], () => 1), []);
  const failing = () => each("Rows", [1, 2], (n) => n === 1 ? n : Promise.reject(new Error("two")));
  await assertRejects(failing, Error, "two");
  assertEquals(texts(), ["None: done, 0 of 0", "Rows: failed at 1 of 2"]);
});

Deno.test("An interruption ends a watch() within each() with it", async () => {
  const { host, interrupt, texts } = fakeHost();
  const { each, watch } = openNotebook(host);
  const isInnerAborted = Promise.withResolvers<void>();
  const rows = await each("Rows", [1, 2], (n) =>
    watch("Inner", ({ signal }) => {
      if (n === 1) return n;
      signal.addEventListener("abort", () => isInnerAborted.resolve());
      setTimeout(interrupt);
      return new Promise<number>(() => {});
    }));
  await isInnerAborted.promise;
  assertEquals(rows, [1]);
  assertStringIncludes(String(texts().at(-1)), "Inner: interrupted");
});

Deno.test("onProgress of a notebook's work is what every function of the library takes", () => {
  const takers = (onProgress: OnProgress) =>
    [
      { onProgress } satisfies EvaluateOptions,
      { onProgress } satisfies Partial<QuantizeCheckpointOptions>,
      { onProgress } satisfies Partial<QuantizeWithImagesOptions>,
      { onProgress } satisfies Partial<AdaRoundOptions>,
      { onProgress } satisfies Partial<KMeansOptions>,
      { onProgress } satisfies Partial<FitMixtureOptions>,
      { onProgress } satisfies Partial<KsTestFittedOptions>,
    ].length;
  assertEquals(takers(() => {}), 7);
});

Deno.test("watch() understands a share, and a count of iterations without an end", async () => {
  const { host, sent } = fakeHost();
  const { watch } = openNotebook(host, fakeClock());
  await watch("Share", ({ onProgress }) => onProgress(0.999));
  await watch("Iterations", ({ onProgress }) => onProgress({ iterations: 1200 }));
  assertEquals(sent.map(({ text }) => text), [
    "Share ...",
    "Share: done",
    "Iterations ...",
    "Iterations: done, 1,200 iterations",
  ]);
});

Deno.test("A line's label is escaped in HTML", async () => {
  const { host } = fakeHost();
  const bundles: string[] = [];
  const keeping: NotebookHost = {
    ...host,
    jupyter: { display: (bundle) => Promise.resolve(bundles.push(String(bundle["text/html"]))) },
  };
  await openNotebook(keeping).watch("<img src=x>", async ({ onProgress }) => {
    onProgress(0.5);
    await settle();
  });
  assertEquals(bundles, [
    "<p>&lt;img src=x&gt; ...</p>",
    '<p><progress value="0.500"></progress> &lt;img src=x&gt;: 50 %</p>',
    "<p>&lt;img src=x&gt;: done</p>",
  ]);
});
