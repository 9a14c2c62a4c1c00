/// <reference lib="dom" />
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { htmlReport } from "../../lib/report/html.ts";
import { vegaScripts } from "../../lib/report/vega_scripts.ts";
import { browserTest } from "../needs_browser.ts";
import { exampleCharts, examplePages, hostile } from "./example_pages.ts";

const html = htmlReport({
  title: "Example",
  summary: ["Made-up figures."],
  facts: [{ label: "Commit", value: "`0`" }],
  pages: examplePages,
  scripts: await vegaScripts(Deno),
});

/** All charts of the example pages: the hostile page has one more. */
const chartCount = exampleCharts.length + 1;

/**
 * Opens the report of the example pages as a file, without a network, and fails if the browser has anything to say of it: a message on the
 * console, an error, a dialog, or a request for anything but the file.
 */
async function withReport(
  browser: Browser,
  options: BrowserContextOptions,
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const file = await Deno.makeTempFile({ prefix: "bitbell-report-", suffix: ".html" });
  try {
    await Deno.writeTextFile(file, html);
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      offline: true,
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (request.url() !== `file://${file}`) complaints.push(`request: ${request.url()}`);
    });
    page.on("dialog", async (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    await page.goto(`file://${file}`);
    await body(page);
    assertEquals(complaints, []);
    await context.close();
  } finally {
    await Deno.remove(file);
  }
}

/** Scrolls through the page until all charts are drawn. */
async function drawAll(page: Page): Promise<void> {
  for (const figure of await page.locator("figure.chart").all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator("svg").waitFor();
  }
}

/** The texts of a column, of the rows that are shown. */
async function column(table: Locator, title: string): Promise<string[]> {
  const titles = await table.locator("th").evaluateAll((heads) =>
    heads.map((head) => (head as HTMLElement).dataset.title)
  );
  return await table.locator(`tbody tr:not([hidden]) td:nth-child(${titles.indexOf(title) + 1})`)
    .allTextContents();
}

browserTest(
  "htmlReport() draws every chart, those far away when they come near",
  async (browser) => {
    await withReport(browser, {}, async (page) => {
      await page.locator("figure svg").first().waitFor();
      assertEquals(await page.locator("figure.chart").count(), chartCount);
      assertLess(await page.locator("figure svg").count(), chartCount);
      await drawAll(page);
      assertEquals(await page.locator("figure svg").count(), chartCount);
      for (const svg of await page.locator("figure svg").all()) {
        assertGreater(await svg.locator(".role-mark path, .role-mark line").count(), 0);
        const box = (await svg.boundingBox())!;
        assert(box.width > 200 && box.height > 80, `a chart of ${box.width} by ${box.height}`);
      }
      // The points of the example, as tests/report/charts count them.
      const points = page.locator("figure").first().locator(".mark-symbol.role-mark path");
      assertEquals(await points.count(), 6);
    });
  },
);

browserTest("htmlReport() shows the figures of a mark beside the pointer", async (browser) => {
  await withReport(browser, {}, async (page) => {
    const point = page.locator("figure .mark-symbol.role-mark path").first();
    await point.waitFor();
    await point.hover({ force: true });
    const tooltip = page.locator(".tooltip");
    await tooltip.waitFor();
    const text = await tooltip.innerText();
    assert(/method min-max/.test(text) && /top-1 \(%\) 9\.51/.test(text), text);
    await page.mouse.move(2, 2);
    await tooltip.waitFor({ state: "hidden" });
  });
});

browserTest("htmlReport() sorts by a column as numbers: up, down, and back", async (browser) => {
  await withReport(browser, {}, async (page) => {
    const table = page.locator("#cifar10 table").first();
    const original = await column(table, "top-1 (%)");
    assertEquals(original, ["91.7", "9.5", "40.0", "88.0", "91.1", "91.7", "100.0"]);
    const head = table.locator('th[data-title="top-1 (%)"]');
    const ascending = ["9.5", "40.0", "88.0", "91.1", "91.7", "91.7", "100.0"];

    await head.click();
    assertEquals(await head.getAttribute("aria-sort"), "ascending");
    assertEquals(await column(table, "top-1 (%)"), ascending);
    // 91.68 and 91.7 look the same, and are not.
    assertEquals((await column(table, "bits")).slice(4, 6), ["8", "32"]);
    await head.click();
    assertEquals(await head.getAttribute("aria-sort"), "descending");
    assertEquals(await column(table, "top-1 (%)"), ascending.toReversed());
    await head.click();
    assertEquals(await head.getAttribute("aria-sort"), null);
    assertEquals(await column(table, "top-1 (%)"), original);

    assertEquals(await column(page.locator("#cifar10 table").last(), "top-1 (%)"), original);
  });
});

browserTest(
  "htmlReport() sorts what is missing last, Infinity as a number, and words as words",
  async (browser) => {
    await withReport(browser, {}, async (page) => {
      const table = page.locator("#cifar10 table").first();
      const press = (title: string) =>
        table.locator(`th[data-title="${title}"] button`).press("Enter");
      await press("change (points)");
      const changes = ["-82.2", "-51.7", "-3.7", "-0.6", "-0.1", "+8.3", ""];
      assertEquals(await column(table, "change (points)"), changes);
      await press("change (points)");
      assertEquals(await column(table, "change (points)"), [
        ...changes.slice(0, -1).toReversed(),
        "",
      ]);

      await press("SQNR (dB)");
      assertEquals(await table.locator("th[aria-sort]").count(), 1);
      const sqnr = ["-0.8", "8.5", "14.25", "20.5", "38.5", "100.5", "Infinity"];
      assertEquals(await column(table, "SQNR (dB)"), sqnr);

      await press("method");
      const methods = await column(table, "method");
      assertEquals(methods, methods.toSorted());
      // Equal words stay in the order of the rows.
      assertEquals(await column(table, "bits"), ["32", "2", "4", "8", "2", "4", "8"]);
    });
  },
);

browserTest("htmlReport() filters by words and by values, and clears", async (browser) => {
  await withReport(browser, {}, async (page) => {
    const form = page.locator("#cifar10 form");
    const tables = page.locator("#cifar10 table");
    const rows = tables.locator("tbody tr:not([hidden])");
    const status = form.locator("output");
    assertEquals(await status.innerText(), "14 rows");

    await form.locator('.chip[data-value="k-means"]').click();
    assertEquals(await column(tables.first(), "method"), ["k-means", "k-means", "k-means"]);
    assertEquals(await status.innerText(), "6 of 14 rows");
    await form.locator('[data-title="bits"] .chip[data-value="2"]').click();
    await form.locator('[data-title="bits"] .chip[data-value="8"]').press("Space");
    assertEquals(await column(tables.first(), "bits"), ["2", "8"]);

    await form.locator("input").fill("ResNet56 40.0");
    assertEquals(await rows.count(), 1);
    assertEquals(await tables.first().isVisible(), false);
    assertEquals(await column(tables.last(), "top-1 (%)"), ["40.0"]);
    // Nothing is left of the other network: neither heading nor charts nor link.
    const headings = page.locator("#cifar10 section:not([hidden]) > h3");
    const links = page.locator('nav li:not([hidden]) > a[href^="#cifar10-"]');
    assertEquals(await headings.allTextContents(), ["resnet56"]);
    assertEquals(await links.allTextContents(), ["resnet56"]);
    assertEquals(await page.locator("#cifar10-1 figure").first().isVisible(), false);

    await form.getByRole("button", { name: "Clear" }).click();
    assertEquals(await rows.count(), 14);
    assertEquals(await form.locator('[aria-pressed="true"]').count(), 0);
    assertEquals(await status.innerText(), "14 rows");
    assertEquals(await headings.allTextContents(), ["resnet20", "resnet56"]);
    assertEquals(await links.allTextContents(), ["resnet20", "resnet56"]);
    await page.locator("#cifar10-1 figure svg").first().waitFor();
    // A page of few rows has no filter.
    assertEquals(await page.locator("#hostile form").count(), 0);
  });
});

browserTest(
  "htmlReport() is light or dark as the system is, or as its button says",
  async (browser) => {
    await withReport(browser, { colorScheme: "dark" }, async (page) => {
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const label = page.locator("figure svg .role-axis-label text").first();
      await label.waitFor();
      // Charts are drawn anew a moment after the page has changed.
      const drawn = (fill: string) => page.locator(`figure svg .role-axis-label [fill="${fill}"]`);
      const assertSeen = async ([background, fill]: readonly [string, string]) => {
        assertEquals(await paper(), background);
        await drawn(fill).first().waitFor();
        assertEquals(await label.getAttribute("fill"), fill);
      };
      const inDark = ["rgb(20, 22, 26)", "#c9ccd2"] as const;
      const inLight = ["rgb(253, 253, 252)", "#333333"] as const;

      await assertSeen(inDark);
      await page.emulateMedia({ colorScheme: "light" });
      await assertSeen(inLight);
      await page.getByRole("button", { name: "Switch to dark" }).click();
      await assertSeen(inDark);
      await page.reload();
      await label.waitFor();
      await assertSeen(inDark);
      await page.getByRole("button", { name: "Switch to light" }).click();
      await assertSeen(inLight);
    });
  },
);

browserTest(
  "htmlReport() fits a phone: only tables scroll sideways, in their own box",
  async (browser) => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    await withReport(browser, phone, async (page) => {
      await drawAll(page);
      const widths = () =>
        page.evaluate(() => [document.documentElement.scrollWidth, document.body.scrollWidth]);
      assertEquals(await widths(), [390, 390]);
      const box = page.locator("#hostile .table-box").last();
      const [inside, outside] = await box.evaluate((box) => [box.scrollWidth, box.clientWidth]);
      assertGreater(inside!, 2 * outside!);
      for (const svg of await page.locator("figure svg").all()) {
        const { x, width } = (await svg.boundingBox())!;
        assert(x >= 0 && x + width <= 390, `a chart from ${x} to ${x + width}`);
        // The svg would cut off what is wider than itself.
        const drawn = (await svg.locator("g").first().boundingBox())!;
        assert(
          drawn.x >= x - 2 && drawn.x + drawn.width <= x + width + 2,
          `marks from ${drawn.x} to ${drawn.x + drawn.width} in a chart from ${x} to ${x + width}`,
        );
      }
      await page.setViewportSize({ width: 844, height: 390 });
      await drawAll(page);
      assertEquals(await widths(), [844, 844]);
    });
  },
);

browserTest(
  "htmlReport() leads from its contents to a page, above which no chart is drawn yet",
  async (browser) => {
    await withReport(browser, { viewport: { width: 1280, height: 300 } }, async (page) => {
      const link = page.locator('nav a[href="#hostile"]');
      await link.click();
      await page.locator("#hostile figure svg").waitFor();
      const { y } = (await page.locator("#hostile h2").boundingBox())!;
      assert(y >= 0 && y < 100, `the heading stands at ${y}`);
      await page.locator('nav a[href="#hostile"][aria-current]').waitFor();
    });
  },
);

browserTest("htmlReport() shows markup as text", async (browser) => {
  await withReport(browser, {}, async (page) => {
    await drawAll(page);
    assertEquals(await page.locator("img").count(), 0);
    assertEquals(await page.locator("#hostile td").first().textContent(), hostile);
    assertEquals(await page.locator("#hostile figcaption").textContent(), hostile);
  });
});

browserTest("htmlReport() prints all charts, in light, without its buttons", async (browser) => {
  await withReport(browser, { colorScheme: "dark" }, async (page) => {
    await page.locator("figure svg").first().waitFor();
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    assertEquals(await page.locator("figure svg").count(), chartCount);
    const fill = page.locator("figure svg .role-axis-label text").first().getAttribute("fill");
    assertEquals(await fill, "#333333");
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assertEquals(paper, "rgb(255, 255, 255)");
    for (const selector of ["nav", ".theme", ".filters"]) {
      assertEquals(await page.locator(selector).first().isVisible(), false, selector);
    }
    const pdf = await page.pdf();
    assertEquals(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");
  });
});

browserTest("htmlReport() without scripts still shows its tables", async (browser) => {
  await withReport(browser, { javaScriptEnabled: false }, async (page) => {
    assertEquals(await page.locator("#cifar10 td").first().isVisible(), true);
    assertEquals(await page.locator("form").first().isVisible(), false);
    const note = await page.locator(".undrawn").first().innerText();
    assertEquals(note, "This chart is drawn by a script, which didn't run.");
  });
});
