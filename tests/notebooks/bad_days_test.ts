import { assert, assertEquals, assertMatch } from "@std/assert";
import { jupyterTest } from "../needs_jupyter.ts";
import { type Kernel, type KernelMessage, startKernel } from "./jupyter_kernel.ts";
import { withJupyterLab } from "./jupyter_server.ts";

const opening = `
import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
import { evaluateAccuracy } from "@bitbell/bitbell/evaluation";
import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
import { openNotebook } from "@bitbell/bitbell/report";
const { show, watch, each } = openNotebook(Deno);
`;

/** What the cell printed and the sentences of its errors. */
function textOf(messages: readonly KernelMessage[]): string {
  return messages.map(({ type, content }) =>
    type === "stream" ? content.text : type === "error" ? `${content.ename}: ${content.evalue}` : ""
  ).join("");
}

async function withKernel(body: (kernel: Kernel) => Promise<void>): Promise<void> {
  await withJupyterLab([], async (server) => {
    using kernel = await startKernel(server);
    await body(kernel);
  });
}

jupyterTest(
  "a kernel survives an interruption of each(), whose rows are kept, and of watch()",
  async () => {
    await withKernel(async (kernel) => {
      assertEquals(textOf(await kernel.execute(opening)), "");
      let interrupted = false;
      const lines: string[] = [];
      const messages = await kernel.execute(
        `const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
const images = generateShapes({ size: 20, seed: 1 });
const rows = await each("Accuracy", Array.from({ length: 40 }, (_, i) => i), async (i, { signal }) => {
  const { top1 } = await evaluateAccuracy(checkpoint, { dataset: images, workers: 1, signal });
  return { i, top1 };
});`,
        ({ content }) => {
          const line = content.data?.["text/plain"];
          if (typeof line === "string") lines.push(line);
          // Not every count is shown.
          const done = Number(line?.match(/(\d+) of 40/)?.[1] ?? 0);
          if (interrupted || done < 2) return;
          interrupted = true;
          kernel.interrupt();
        },
      );
      assertEquals(textOf(messages), "");
      assertMatch(
        lines.at(-1)!,
        /^Accuracy: interrupted at \d+ of 40; what is done is kept, run the cell again to do it all$/,
      );
      const count = Number(textOf(await kernel.execute("console.log(rows.length)")));
      assert(count >= 2 && count < 40, `${count} rows`);

      const waiting = await kernel.execute(
        'await watch("Waiting", ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)));',
        ({ type }) => void (type === "display_data" && kernel.interrupt()),
      );
      assertMatch(textOf(waiting), /^AbortError: Waiting: interrupted; .*run the cell again/);
      assertEquals(textOf(await kernel.execute("console.log(1 + 1)")), "2\n");
    });
  },
);

jupyterTest("cells run twice and out of order, and say what is missing", async () => {
  await withKernel(async (kernel) => {
    const cell = "const first = 1; let second = 2; class Third {} console.log(first + second);";
    assertEquals(
      textOf(await kernel.execute("console.log(first);")),
      "ReferenceError: first is not defined",
    );
    assertEquals(textOf(await kernel.execute(cell)), "3\n");
    assertEquals(textOf(await kernel.execute(cell)), "3\n");
    assertEquals(textOf(await kernel.execute(opening)), "");
    assertMatch(
      textOf(await kernel.execute('const mine = await loadCheckpoint("mine.safetensors");')),
      /^RangeError: Cannot load mine.safetensors: there is no such file or folder$/,
    );
  });
});
