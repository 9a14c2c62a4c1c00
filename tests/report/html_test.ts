import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { darkColours, seriesColours } from "../../lib/report/charts/theme.ts";
import { percent } from "../../lib/report/format.ts";
import { htmlReport } from "../../lib/report/html.ts";
import { filtersOf } from "../../lib/report/html_filters.ts";
import { examplePages, hostile } from "./example_pages.ts";

const html = htmlReport({
  title: hostile,
  subtitle: hostile,
  headlines: [{ value: hostile, label: hostile }],
  summary: [hostile],
  notes: [hostile],
  facts: [{ label: hostile, value: hostile }],
  pages: examplePages,
  scripts: "const a = '</script>', b = /<!--/;",
});

Deno.test("htmlReport() escapes every text, and lets none end a script", () => {
  const withoutScripts = html.replaceAll(/<script[^>]*>[^]*?<\/script>/g, "");
  assertEquals(withoutScripts.includes("<img"), false);
  assertEquals(withoutScripts.includes('alert(1)">'), false);
  // One for each chart, the dark colours, the builds and the client.
  assertEquals(html.match(/<script/g)!.length, 7 + 3);
  assertEquals(html.match(/<\/script>/g)!.length, 7 + 3);
  assertStringIncludes(html, "const a = '<\\/script>', b = /<\\!--/;");
});

Deno.test("htmlReport() refers to nothing outside of itself", () => {
  const ours = html.replaceAll(/<script type="application\/json">[^]*?<\/script>/g, "");
  const references = [...ours.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, to]) => to!);
  const outside = references.filter((to) => !/^(#|data:,$)/.test(to));
  assertEquals(outside, []);
  assertEquals(ours.match(/https?:|@import|url\(/g), null);
  const ids = new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
  for (const to of references) {
    if (to.startsWith("#")) assert(ids.has(to.slice(1)), `${to} leads nowhere`);
  }
});

Deno.test("htmlReport() writes cells as their format does, with the number beside it", () => {
  assertStringIncludes(html, '<td class="right" data-number="0.0951">9.5</td>');
  assertStringIncludes(html, '<td class="right" data-number="Infinity">Infinity</td>');
  assertStringIncludes(html, '<td class="right"></td>');
  assertStringIncludes(html, 'data-title="top-1 (%)"');
});

Deno.test("htmlReport() shows code between backticks, and keeps a percentage on its line", () => {
  const page = { name: "p", title: "P", sections: [], footnotes: ["`a < b` in 95 %"] };
  const text = htmlReport({ title: "t", pages: [page], scripts: "" });
  assertStringIncludes(text, "<li><code>a &lt; b</code> in 95\u00a0%</li>");
});

Deno.test("htmlReport() shortens hashes in the picture only", () => {
  const sha256 = "0123456789abcdef".repeat(4);
  const table = { columns: [{ title: "SHA-256" }], rows: [[sha256]] };
  const page = {
    name: "p",
    title: "P",
    sections: [{ heading: "h", tables: [table] }],
    footnotes: [],
  };
  const text = htmlReport({ title: "t", pages: [page], scripts: "" });
  assertStringIncludes(
    text,
    `<td class="left digest"><code title="${sha256}">${sha256}</code></td>`,
  );
});

Deno.test("htmlReport() gives the same text twice, and refuses two pages of one name", () => {
  const options = { title: "t", pages: examplePages, scripts: "" };
  assertEquals(htmlReport(options), htmlReport(options));
  assertThrows(
    () => htmlReport({ ...options, pages: [...examplePages, examplePages[0]!] }),
    RangeError,
    "Cannot make a report as each page needs a name of its own: two are named cifar10",
  );
  assertThrows(
    () => htmlReport({ ...options, pages: [{ ...examplePages[0]!, name: "summary" }] }),
    RangeError,
    "two are named summary",
  );
});

Deno.test("filtersOf() lists the values of the named columns over all tables of a page", () => {
  const methods = {
    columns: [{ title: "method" }, { title: "bits" }],
    rows: [["omse", 10], ["auto", 2]],
  };
  const shares = {
    columns: [{ title: "bits" }, { title: "share", unit: "%", format: percent(0) }, {
      title: "one",
    }],
    rows: [[2, 0.5, "a"], [2.5, 0.25, "a"], [undefined, 0.5, undefined]],
  };
  const many = {
    columns: [{ title: "tensor" }],
    rows: Array.from({ length: 25 }, (_, i) => [`layer${i}`]),
  };
  const page = {
    name: "p",
    title: "P",
    sections: [{ heading: "h", tables: [methods, shares] }, { heading: "i", tables: [many] }],
    footnotes: [],
  };
  const titles = ["method", "bits", "share (%)", "one", "tensor", "nowhere"];
  assertEquals(filtersOf(page, titles), [
    { title: "method", values: ["omse", "auto"] },
    { title: "bits", values: ["2", "2.5", "10"] },
    { title: "share (%)", values: ["25", "50"] },
  ]);
});

Deno.test("darkColours has a counterpart for each colour, at least 3 to 1 against the dark page", () => {
  for (const colour of seriesColours) {
    const ratio = contrast(darkColours[colour]!, "#14161a");
    assert(ratio >= 3, `${colour} becomes ${darkColours[colour]}: ${ratio}`);
  }
  assertEquals(
    new Set(seriesColours.map((colour) => darkColours[colour])).size,
    seriesColours.length,
  );
});

/** The contrast ratio of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((i) => {
      const value = parseInt(colour.slice(i, i + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}
