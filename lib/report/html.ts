import { darkColours } from "./charts/theme.ts";
import { filtersOf } from "./html_filters.ts";
import client from "./html_client.js" with { type: "text" };
import style from "./html_style.css" with { type: "text" };
import { escapeHtml as escape, type HtmlCell, htmlTable } from "./html_table.ts";
import type { ColumnHead, Page, PageChart, PageSection, TableData } from "./page.ts";
import { columnTitle } from "./table.ts";

/** A figure in large type, and what it counts. */
export interface Headline {
  readonly value: string;
  readonly label: string;
}

/** What is known of how the results were made. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** What {@linkcode htmlReport} shows. Text between backticks is shown as code. */
export interface HtmlReportOptions {
  readonly title: string;
  readonly subtitle?: string;
  /** The first thing to see: a few figures. */
  readonly headlines?: readonly Headline[];
  /** Paragraphs that say what was run. */
  readonly summary?: readonly string[];
  /** What a reader must know of the whole: what was left out, what failed. */
  readonly notes?: readonly string[];
  /** Versions, commit, hashes, time. */
  readonly facts?: readonly Fact[];
  /** In the order of the navigation; their names are the anchors, so no two may be the same. */
  readonly pages: readonly Page[];
  /**
   * Titles of columns, with their units, by whose values the rows of a page can be filtered.
   *
   * @default {["per", "bits", "method"]}
   */
  readonly filters?: readonly string[];
  /** The browser builds of Vega 6 and Vega-Lite 6, which the report carries along; "" draws no chart and says so. */
  readonly scripts: string;
}

/**
 * A report as one HTML file that needs nothing else: no network, no other file, no installed font. Tables can be sorted and filtered, charts
 * are drawn by Vega where they come into view, in light or dark. Without scripts, all tables are still there.
 *
 * Its content security policy forbids every request.
 *
 * @throws {RangeError} If two pages have one name, or one is called as the report's own parts are: summary, made.
 *
 * @example
 * ```ts
 * import { htmlReport } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const table = { columns: [{ title: "bits" }], rows: [[2], [3]] };
 * const html = htmlReport({
 *   title: "Two rows",
 *   pages: [{ name: "mse", title: "MSE", sections: [{ heading: "a < b", tables: [table] }], footnotes: [] }],
 *   scripts: "",
 * });
 * assertStringIncludes(html, "<h3>a &lt; b</h3>");
 * ```
 */
export function htmlReport(
  {
    title,
    subtitle,
    headlines = [],
    summary = [],
    notes = [],
    facts = [],
    pages,
    filters = ["per", "bits", "method"],
    scripts,
  }: HtmlReportOptions,
): string {
  const names = [...ownAnchors, ...pages.map(({ name }) => name)];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot make a report as each page needs a name of its own: two are named ${twice}`,
    );
  }
  const links = [
    ...pages.map((page) => navigationOf(page)),
    ...(facts.length === 0 ? [] : [`<li><a href="#made">How it was made</a></li>`]),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
<style>
${style}</style>
</head>
<body>
<a class="skip" href="#summary">To the results</a>
<header class="masthead">
<div>
<h1>${inline(title)}</h1>
${subtitle === undefined ? "" : `<p class="subtitle">${inline(subtitle)}</p>\n`}</div>
<button type="button" class="theme" hidden></button>
</header>
<div class="layout">
<nav aria-label="Contents"><ol>
<li><a href="#summary">Summary</a></li>
${lines(links)}</ol></nav>
<main>
<section id="summary">
<h2>Summary</h2>
${headlinesHtml(headlines)}${lines(summary.map(paragraph))}${listHtml("notes", notes)}</section>
${lines(pages.map((page) => pageHtml(page, filters)))}${factsHtml(facts)}</main>
</div>
<script type="application/json" id="dark-colours">${json(darkColours)}</script>
<script>${inlineScript(scripts)}</script>
<script type="module">
${inlineScript(client)}</script>
</body>
</html>
`;
}

/** The parts of a report that are no page. */
const ownAnchors = ["summary", "made"] as const;

/** Nothing may be fetched. Vega compiles its expressions to functions, which counts as evaluation. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function navigationOf(page: Page): string {
  const sections = page.sections.map(({ heading }, i) =>
    `<li><a href="#${sectionId(page, i)}">${escape(beforeColon(heading))}</a></li>`
  );
  const nested = sections.length < 2 ? "" : `\n<ol>\n${lines(sections)}</ol>`;
  return `<li><a href="#${escape(page.name)}">${escape(beforeColon(page.title))}</a>${nested}</li>`;
}

/** What a title begins with: "MSE: what each method costs". */
function beforeColon(title: string): string {
  return title.split(/:\s/)[0]!;
}

function sectionId({ name }: Page, i: number): string {
  return escape(`${name}-${i + 1}`);
}

function pageHtml(page: Page, filters: readonly string[]): string {
  const { name, title, sections, footnotes } = page;
  const notes = footnotes.length === 0 ? "" : `<h3>Notes</h3>\n${listHtml("footnotes", footnotes)}`;
  return `<section class="page" id="${escape(name)}">
<h2>${inline(title)}</h2>
${filtersHtml(page, filters)}${
    lines(sections.map((section, i) => sectionHtml(section, sectionId(page, i))))
  }${notes}</section>`;
}

function sectionHtml({ heading, text = [], tables, charts = [] }: PageSection, id: string): string {
  const figures = charts.length === 0
    ? ""
    : `<div class="charts">\n${lines(charts.map(chartHtml))}</div>\n`;
  return `<section id="${id}">
<h3>${inline(heading)}</h3>
${lines(text.map(paragraph))}${figures}${
    lines(tables.map((table) => tableHtml(table, heading)))
  }</section>`;
}

/** A figure for the client to draw in, with its specification beside it. */
function chartHtml({ title, spec }: PageChart): string {
  return `<figure class="chart">
<figcaption>${inline(title)}</figcaption>
<div class="drawing"><p class="undrawn">This chart is drawn by a script, which didn't run.</p></div>
<script type="application/json">${json({ ...spec, description: title })}</script>
</figure>`;
}

function tableHtml(table: TableData, heading: string): string {
  const drawn = htmlTable(table, { head: headHtml, cell: cellHtml });
  return `<div class="table-box" role="region" aria-label="${
    escape(heading)
  }" tabindex="0">${drawn}</div>`;
}

function headHtml(column: ColumnHead, alignment: "left" | "right"): string {
  const unit = column.unit === undefined
    ? ""
    : ` <span class="unit">(${escape(column.unit)})</span>`;
  const words = `${escape(column.title)}${unit}`;
  return `<th scope="col" class="${alignment}" data-title="${
    escape(columnTitle(column))
  }"><button type="button">${words}</button></th>`;
}

function cellHtml({ text, value, alignment }: HtmlCell): string {
  const number = typeof value === "number" ? ` data-number="${value}"` : "";
  const digest = /^[0-9a-f]{40,}$/.test(text);
  const content = digest ? `<code title="${text}">${text}</code>` : escape(text);
  return `<td class="${alignment}${digest ? " digest" : ""}"${number}>${content}</td>`;
}

/** A page of fewer rows is seen whole. */
const leastFiltered = 8;

/** What the client needs to filter a page's rows; hidden until it runs. */
function filtersHtml(page: Page, titles: readonly string[]): string {
  const rows = page.sections.flatMap(({ tables }) => tables).reduce((n, t) => n + t.rows.length, 0);
  if (rows < leastFiltered) return "";
  const groups = filtersOf(page, titles).map(({ title, values }) => {
    const chips = values.map((value) =>
      `<button type="button" class="chip" aria-pressed="false" data-value="${escape(value)}">${
        escape(value)
      }</button>`
    );
    return `<div class="chips" role="group" aria-label="${escape(title)}" data-title="${
      escape(title)
    }"><span class="group">${escape(title)}</span>${chips.join("")}</div>`;
  });
  return `<form class="filters" hidden>
<div class="search"><input type="search" placeholder="Filter rows" aria-label="Filter the rows of ${
    escape(beforeColon(page.title))
  }"><output></output><button type="reset">Clear</button></div>
${lines(groups)}</form>
`;
}

function headlinesHtml(headlines: readonly Headline[]): string {
  if (headlines.length === 0) return "";
  const items = headlines.map(({ value, label }) =>
    `<div><dt>${escape(label)}</dt><dd>${escape(value)}</dd></div>`
  );
  return `<dl class="headlines">\n${lines(items)}</dl>\n`;
}

function factsHtml(facts: readonly Fact[]): string {
  if (facts.length === 0) return "";
  const items = facts.map(({ label, value }) =>
    `<div><dt>${escape(label)}</dt><dd>${inline(value)}</dd></div>`
  );
  return `<section class="page" id="made">
<h2>How it was made</h2>
<dl class="facts">
${lines(items)}</dl>
</section>
`;
}

function listHtml(name: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<ul class="${name}">\n${lines(items.map((item) => `<li>${inline(item)}</li>`))}</ul>\n`;
}

function paragraph(text: string): string {
  return `<p>${inline(text)}</p>`;
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join("");
}

/** Escaped, with code between backticks; "95 %" and "top-1" stay on one line. */
function inline(text: string): string {
  return escape(text)
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/(\d) %/g, "$1\u00a0%")
    .replaceAll(/\b[a-z]+-\d+\b/gi, '<span class="whole">$&</span>');
}

/** JSON that ends no script element. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A script whose strings and regular expressions end no script element: a slash means the same behind a backslash. */
function inlineScript(code: string): string {
  return code.replaceAll(/<(\/script|!--)/gi, "<\\$1");
}
