import { assertEquals, assertThrows } from "@std/assert";
import { count, fixed } from "../../lib/report/format.ts";
import { type Column, markdownTable } from "../../lib/report/table.ts";

interface Row {
  readonly name: string;
  readonly size?: number;
  readonly error?: number;
}

const columns: readonly Column<Row>[] = [
  { title: "tensor", value: ({ name }) => name },
  { title: "weights", value: ({ size }) => size, format: count },
  { title: "MSE", unit: "1e-3", value: ({ error }) => error, format: fixed(2) },
];

Deno.test("markdownTable() pads every column to one width and aligns numbers right", () => {
  const rows = Object.freeze([
    { name: "conv1.weight", size: 432, error: 9.5 },
    { name: "fc", size: 36864, error: 12.25 },
  ]);
  assertEquals(
    markdownTable(rows, { columns }),
    `| tensor       | weights | MSE (1e-3) |
| :----------- | ------: | ---------: |
| conv1.weight |     432 |       9.50 |
| fc           |  36,864 |      12.25 |
`,
  );
});

Deno.test("markdownTable() leaves what is missing empty and writes what isn't finite by name", () => {
  const rows: Row[] = [{ name: "a", error: NaN }, { name: "b", error: Infinity }];
  assertEquals(
    markdownTable(rows, { columns, footnotes: ["b lost nothing", "of two tensors"] }),
    `| tensor | weights | MSE (1e-3) |
| :----- | :------ | ---------: |
| a      |         |        NaN |
| b      |         |   Infinity |

- b lost nothing
- of two tensors
`,
  );
});

Deno.test("markdownTable() keeps cells on their line and in their column", () => {
  const rows: Row[] = [{ name: "a|b\nc" }];
  assertEquals(
    markdownTable(rows, { columns: columns.slice(0, 1) }),
    "| tensor |\n| :----- |\n| a\\|b c |\n",
  );
});

Deno.test("markdownTable() counts characters, not code units", () => {
  const text = markdownTable([{ name: "𝜎" }, { name: "abcd" }], { columns: columns.slice(0, 1) });
  assertEquals(text.split("\n")[2], "| 𝜎      |");
});

Deno.test("markdownTable() without rows is a heading; without columns it is refused", () => {
  assertEquals(
    markdownTable([], { columns: columns.slice(0, 1) }),
    "| tensor |\n| :----- |\n",
  );
  assertThrows(
    () => markdownTable([], { columns: [] }),
    RangeError,
    "the number of columns is 0",
  );
});
