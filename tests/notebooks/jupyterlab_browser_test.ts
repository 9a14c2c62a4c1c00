import { assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { repository } from "../../notebooks/cache_modules.ts";
import { isCode, readNotebook } from "../../notebooks/notebook_file.ts";
import { labTest } from "../needs_jupyter.ts";
import { withJupyterLab } from "./jupyter_server.ts";

const name = "02_lloyd_max.ipynb";

/** Where to put what the test sees, for people to look at; nowhere if unset. */
const screenshots = Deno.env.get("BITBELL_SCREENSHOTS");

/** Longer than a busy machine takes: what is stuck shall fail, and no test measures time. */
const patience = 600_000;

const chart = ".jp-RenderedVegaLite";

labTest(
  "JupyterLab runs a notebook with the Deno kernel and draws its charts, in both themes",
  async (browser) => {
    const { cells } = await readNotebook(join(repository, "notebooks", name));
    const count = cells.filter(isCode).length;
    await withJupyterLab([name], async ({ url, token }) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
      page.setDefaultTimeout(patience);
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(`${url}/lab/tree/notebooks/${name}?token=${token}&reset`);
      await ready(page, count);

      // Else outputs that are committed would stand for those of this run.
      await run(page, "notebook:clear-all-cell-outputs");
      assertEquals(await prompts(page), Array(count).fill("[ ]:"));
      await run(page, "notebook:run-all-cells");
      assertEquals(await texts(page, '[data-mime-type="application/vnd.jupyter.error"]'), []);
      assertEquals(await texts(page, '[data-mime-type="application/vnd.jupyter.stderr"]'), []);
      assertEquals(await prompts(page), Array.from({ length: count }, (_, i) => `[${i + 1}]:`));

      for (const theme of ["JupyterLab Light", "JupyterLab Dark"]) {
        await run(page, "apputils:change-theme", { theme });
        await page.waitForFunction(`document.body.dataset.jpThemeName === "${theme}"`);
        await page.waitForFunction(`[...document.querySelectorAll('${chart}')]
          .every((output) => output.querySelector(".vega-embed :is(canvas, svg).marks"))`);
        assertGreater(await page.locator(chart).count(), 0);
        assertGreater((await numbers(page)).length, 0);
        assertEquals((await numbers(page)).filter(({ align }) => align !== "right"), []);
        await look(page, theme);
      }
      assertEquals(errors, []);
      await page.close();
    });
  },
);

/**
 * Waits until the notebook and its kernel are there. Before it has read the file, JupyterLab has an empty cell in its place, calls itself
 * idle, and runs that cell when told to run all.
 */
async function ready(page: Page, count: number): Promise<void> {
  await page.waitForFunction(`document.querySelectorAll(".jp-CodeCell").length === ${count}`);
  await page.waitForFunction(
    `document.querySelector("#jp-main-statusbar").textContent.includes("Deno | Idle")`,
  );
}

/** Runs a command of JupyterLab to its end; `--expose-app-in-browser` makes them reachable. */
async function run(page: Page, command: string, args: unknown = {}): Promise<void> {
  const call = `jupyterapp.commands.execute(${JSON.stringify(command)}, ${JSON.stringify(args)})`;
  // What it gives is no plain data, and to wait for it in the page has no end of its own.
  await page.evaluate(`ended = false, ${call}.finally(() => ended = true), 0`);
  await page.waitForFunction("ended");
}

async function texts(page: Page, selector: string): Promise<string[]> {
  return await page.locator(selector).allTextContents();
}

/** "[12]:" of a cell that ran, "[*]:" of one that is to run, "[ ]:" of others. */
async function prompts(page: Page): Promise<string[]> {
  return await texts(page, ".jp-CodeCell .jp-InputPrompt");
}

/** The cells of tables that hold a number, and where it stands. */
async function numbers(page: Page): Promise<{ text: string; align: string }[]> {
  return await page.evaluate(`[...document.querySelectorAll(".jp-OutputArea-output td")]
    .map((cell) => ({ text: cell.textContent.trim(), align: getComputedStyle(cell).textAlign }))
    .filter(({ text }) => /^[-−]?\\d[\\d.,]*(e[-+]?\\d+)?$/.test(text))`);
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
