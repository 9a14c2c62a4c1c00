import { assertEquals, assertGreater } from "@std/assert";
import type { Page } from "playwright-core";
import { labTest } from "../needs_jupyter.ts";
import { openSession } from "./jupyter_kernel.ts";
import { withJupyterLab } from "./jupyter_server.ts";

const name = "02_lloyd_max.ipynb";

/** Where to put what the test sees, for people to look at; nowhere if unset. */
const screenshots = Deno.env.get("BITBELL_SCREENSHOTS");

const charts = ".jp-RenderedVegaLite";

labTest(
  "JupyterLab runs a notebook with the Deno kernel and draws its charts, in both themes",
  async (browser) => {
    await withJupyterLab([name], async ({ url, token }) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
      // Longer than a busy machine takes: a notebook that is stuck shall fail, and no test measures time.
      page.setDefaultTimeout(300_000);
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      // A kernel that is up when the page opens: what JupyterLab asks of one that has only begun to start may get no answer.
      await openSession({ url, token }, `notebooks/${name}`);
      await page.goto(`${url}/lab/tree/notebooks/${name}?token=${token}&reset`);
      await page.waitForSelector(".jp-NotebookPanel .jp-CodeCell");
      await page.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', {
        state: "attached",
      });
      await run(page, "notebook:run-all-cells");
      // The last cell's prompt is "[12]:" when it ran, "[*]:" and "[ ]:" before.
      await page.waitForFunction(`[...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
      .every((prompt) => /\\[\\d+\\]:/.test(prompt.textContent))`);

      assertEquals(await texts(page, '[data-mime-type="application/vnd.jupyter.error"]'), []);
      assertEquals(await texts(page, '[data-mime-type="application/vnd.jupyter.stderr"]'), []);
      for (const theme of ["JupyterLab Light", "JupyterLab Dark"]) {
        await run(page, "apputils:change-theme", { theme });
        await page.waitForFunction(`document.body.dataset.jpThemeName === "${theme}"`);
        await page.waitForFunction(`document.querySelectorAll('${charts}').length > 0 &&
        [...document.querySelectorAll('${charts}')]
          .every((output) => output.querySelector(".vega-embed :is(canvas, svg).marks"))`);
        assertGreater(await page.locator(charts).count(), 0);
        assertEquals(await leftAlignedNumbers(page), []);
        await look(page, theme);
      }
      assertEquals(errors, []);
      await page.close();
    });
  },
);

/** Runs a command of JupyterLab, which `--expose-app-in-browser` makes reachable. */
async function run(page: Page, command: string, args: unknown = {}): Promise<void> {
  const call = `jupyterapp.commands.execute(${JSON.stringify(command)}, ${JSON.stringify(args)})`;
  // What it gives is no plain data.
  await page.evaluate(`${call}.then(() => {})`);
}

async function texts(page: Page, selector: string): Promise<string[]> {
  return await page.locator(selector).allTextContents();
}

/** Cells of tables that hold a number and aren't set to the right. */
async function leftAlignedNumbers(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll(".jp-OutputArea-output td")]
    .filter((cell) => /^[-−]?[\\d.,]+$/.test(cell.textContent.trim()))
    .filter((cell) => !["right", "end"].includes(getComputedStyle(cell).textAlign))
    .map((cell) => cell.textContent)`);
}

/** Screenshots of the whole notebook, a window's height each. */
async function look(page: Page, theme: string): Promise<void> {
  if (screenshots === undefined) return;
  const scrolled = "document.querySelector('.jp-WindowedPanel-outer')";
  const heights = await page.evaluate<[number, number]>(
    `[${scrolled}.scrollHeight, ${scrolled}.clientHeight]`,
  );
  for (let i = 0; i * heights[1] < heights[0]; i++) {
    await page.evaluate(`${scrolled}.scrollTo(0, ${i * heights[1]})`);
    await page.screenshot({ path: `${screenshots}/${theme.split(" ")[1]}_${i}.png` });
  }
}
