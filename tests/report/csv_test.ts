import { assertEquals } from "@std/assert";
import { csvOf, csvPage } from "../../lib/report/csv.ts";
import { fixed, percent } from "../../lib/report/format.ts";
import type { Page, TableData } from "../../lib/report/page.ts";

/** Reads RFC 4180 by its grammar, as a second opinion. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new SyntaxError("not RFC 4180");
    record.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === "\r\n") {
      records.push(record);
      record = [];
    }
  }
  return records;
}

Deno.test("csvOf() quotes commas, quotes and line breaks, and nothing else", () => {
  const table = {
    columns: [{ title: "a" }],
    rows: [["x,y"], ['say "x"'], ["x\ny"], ["x y"], [""]],
  };
  const text = csvOf(table);
  assertEquals(text, 'a\r\n"x,y"\r\n"say ""x"""\r\n"x\ny"\r\nx y\r\n\r\n');
  assertEquals(parseCsv(text), [["a"], ...table.rows]);
});

Deno.test("csvOf() writes numbers with all of their digits, in the unit of the heading", () => {
  const table: TableData = {
    columns: [{ title: "mse", format: fixed(1) }, {
      title: "top-1",
      unit: "%",
      format: percent(1),
    }],
    rows: [[0.1 + 0.2, 0.57], [Math.PI * 1e-9, 0.91734], [-0, 1 / 3], [undefined, undefined]],
  };
  const rows = parseCsv(csvOf(table));
  assertEquals(rows, [
    ["mse", "top-1 (%)"],
    ["0.30000000000000004", "57"],
    ["3.141592653589793e-9", "91.734"],
    ["0", "33.3333333333333"],
    ["", ""],
  ]);
  assertEquals(Number(rows[2]![0]), Math.PI * 1e-9);
});

Deno.test("csvOf() writes what isn't finite by name", () => {
  const columns = [{ title: "sqnr", format: percent(1) }];
  assertEquals(
    csvOf({ columns, rows: [[Infinity], [-Infinity], [NaN]] }),
    "sqnr\r\nInfinity\r\n-Infinity\r\nNaN\r\n",
  );
});

Deno.test("csvOf() lets no spreadsheet compute a text", () => {
  const formulas = ["=1+1", "@sum", "+A1", "-A1", "-1+cmd|' /C calc'!A0", "\t=1", "-1(2)"];
  const texts = ["k-means", "-", "- none", "-1.5 to 0.5", "+0.3", "1=1", "'x"];
  const rows = [...formulas, ...texts].map((text) => [text]);
  assertEquals(
    parseCsv(csvOf({ columns: [{ title: "a" }], rows })).slice(1).map(([text]) => text),
    [...formulas.map((text) => `'${text}`), ...texts],
  );
});

Deno.test("csvPage() puts tables of differing columns side by side under one heading", () => {
  const page: Page = {
    name: "fit",
    title: "Fit",
    sections: [
      {
        heading: "resnet20",
        tables: [
          { columns: [{ title: "tensor" }, { title: "D" }], rows: [["fc", 0.1], ["conv", 0.2]] },
          {
            columns: [{ title: "D" }, { title: "share", unit: "%", format: percent(0) }],
            rows: [[0.3, 0.5]],
          },
        ],
      },
      { heading: "text only", text: ["Nothing to count."], tables: [] },
      { heading: "other, one", tables: [{ columns: [{ title: "tensor" }], rows: [["fc"]] }] },
    ],
    footnotes: ["A note."],
  };
  assertEquals(parseCsv(csvPage(page)), [
    ["section", "table", "tensor", "D", "share (%)"],
    ["resnet20", "1", "fc", "0.1", ""],
    ["resnet20", "1", "conv", "0.2", ""],
    ["resnet20", "2", "", "0.3", "50"],
    ["other, one", "1", "fc", "", ""],
  ]);
});

Deno.test("csvPage() has no column for the table's number where each section has one", () => {
  const table = { columns: [{ title: "x" }], rows: [[1]] };
  const sections = [{ heading: "a", tables: [table] }, { heading: "b", tables: [table] }];
  const page = { name: "p", title: "P", sections, footnotes: [] };
  assertEquals(csvPage(page), "section,x\r\na,1\r\nb,1\r\n");
});
