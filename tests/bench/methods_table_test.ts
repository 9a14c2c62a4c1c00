import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parseOptions, selectionOf } from "../../bench/options.ts";
import type { Cell, CellKey, NetworkRecord } from "../../bench/results.ts";
import { variantName } from "../../bench/results.ts";
import type { Scene } from "../../bench/scene.ts";
import type { MethodResult } from "../../bench/tables/method_cells.ts";
import { methodsTable } from "../../bench/tables/methods.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { exampleResults } from "./example_results.ts";
import { fakeContext } from "./fake_context.ts";

const select = (line: string) =>
  selectionOf(parseOptions(`--table methods ${line}`.trim().split(" "), ["methods"]));

const network = (label: string, usual: boolean): NetworkRecord => ({
  ...exampleResults.header.networks[0]!,
  label,
  ...(usual && { usual }),
});

const [first, second, other] = [network("a", true), network("b", true), network("c", false)];

const sceneOf = (line: string, records: readonly NetworkRecord[]) =>
  ({
    selection: select(line),
    networks: records.map((record) => ({ record })),
  }) as unknown as Scene;

/** A cell for every key of the plan, with an error by the method's name and 4^-bits. */
function measured(keys: readonly CellKey[], errors: Readonly<Record<string, number>>): Cell[] {
  return keys.map((key) => {
    const { setting, variant } = key;
    const result: MethodResult = variant !== undefined
      ? { relativeMse: 0.5, laws: { laplace: 1 } }
      : setting === undefined
      ? { top1: 0.917 }
      : {
        relativeMse: (errors[variantName(setting)] ?? 1) * 4 ** -setting.bits,
        effectiveBits: setting.bits + 0.004,
        ...(setting.bits === 4 && { top1: 0.9 }),
      };
    return { key, inputs: "0", result };
  });
}

const keysFor = (keys: readonly CellKey[], label: string) =>
  keys.filter(({ network }) => network === label);
const variantsOf = (keys: readonly CellKey[]) => [
  ...new Set(keys.flatMap(({ setting }) => setting === undefined ? [] : variantName(setting))),
];

Deno.test("the table of methods plans float32, a bound, and each method at the widths that it exists for", () => {
  const scene = sceneOf("--methods omse,binary,fp6-e2m3,auto --bits 1,4,6 --granularity tensor", [
    first,
  ]);
  const plan = methodsTable.plan(scene, []);
  assertEquals(plan.slice(0, 2).map(({ setting, variant }) => [setting, variant !== undefined]), [
    [undefined, false],
    [undefined, true],
  ]);
  assertEquals(
    plan.slice(2).map(({ setting }) => `${variantName(setting!)} ${setting!.bits}`),
    [
      "binary 1",
      "omse 4",
      "auto 4",
      "auto, output 4",
      "omse 6",
      "fp6-e2m3 6",
      "auto 6",
      "auto, output 6",
    ],
  );
});

Deno.test("the table of methods takes the ten best to the other networks, auto always among them", () => {
  const scene = sceneOf("--methods all --bits 4,8", [first, second, other]);
  const usual = methodsTable.plan(scene, []);
  assertEquals(usual.some(({ network }) => network === "c"), false);
  const tentative = methodsTable.tentative!(scene, []);
  assertEquals(variantsOf(tentative).length, 10 + 1);

  const names = variantsOf(usual).filter((name) =>
    name !== "k-means-exact" && !name.startsWith("auto")
  );
  // The later in the registry, the better; auto is worst of all.
  const errors = Object.fromEntries(names.map((name, i) => [name, 1 / (2 + i)]));
  const cells = measured(usual, { ...errors, auto: 9, "auto, output": 9 });
  const after = methodsTable.plan(scene, cells);
  assertEquals(methodsTable.tentative!(scene, cells), []);
  assertEquals(keysFor(after, "c").length, tentative.length);
  assertEquals(after.filter(({ network }) => network !== "c"), usual);
  const at4 = usual.filter(({ setting }) =>
    setting?.bits === 4 && setting.granularity === "tensor"
  );
  const best = variantsOf(at4).filter((name) => names.includes(name)).slice(-8);
  assertEquals(
    variantsOf(keysFor(after, "c")).sort(),
    [...best, "auto", "auto, output", "k-means-exact"].sort(),
  );
  // Nothing is decided before the last cell that the ranking needs.
  const last = cells.findLastIndex(({ key: { network, setting } }) =>
    network === "b" && setting?.bits === 4 && setting.granularity === "tensor" &&
    setting.method !== "k-means-exact"
  );
  assertEquals(methodsTable.plan(scene, cells.toSpliced(last, 1)), usual);
});

/** What is drawn of made-up cells of networks a and c. */
function draw(line: string, adapt: (cells: Cell[]) => Cell[] = (cells) => cells): string {
  const scene = sceneOf(line, [first, other]);
  const errors = { omse: 3, auto: 2, "auto, output": 2.5, "k-means-exact": 1 };
  let cells: Cell[] = [];
  for (let i = 0; i < 2; i++) cells = measured(methodsTable.plan(scene, cells), errors);
  return markdownPage(methodsTable.page({
    ...exampleResults,
    header: { ...exampleResults.header, selection: scene.selection, networks: [first, other] },
    cells: adapt(cells),
  }));
}

const few = "--methods omse,binary,k-means-exact,auto --bits 1,2,4 --granularity tensor";

Deno.test("the table of methods shows float32, bounds, methods by kind, and the best analytic one bold", () => {
  assertStringIncludes(
    draw(few),
    `### a, one codebook per tensor

| method              |    MSE 2 |    MSE 4 |  eff. | top-1 2 |  top-1 4 |
| :------------------ | -------: | -------: | ----: | ------: | -------: |
| float32             |          |          | 32.00 |    91.7 |     91.7 |
| Shannon lower bound |      313 |     19.5 |       |         |          |
| k-means-exact       |      625 |     39.1 |  4.00 |         |     90.0 |
| uniform:            |          |          |       |         |          |
| omse                |     1875 |      117 |  4.00 |         | **90.0** |
| auto:               |          |          |       |         |          |
| auto                | **1250** | **78.1** |  4.00 |         | **90.0** |
| auto, output        |     1563 |     97.7 |  4.00 |         | **90.0** |

| method | bits |  MSE | eff. |
| :----- | ---: | ---: | ---: |
| binary |    1 | 2500 | 1.00 |
`,
  );
});

Deno.test("the table of methods says what was chosen by what, and describes each method", () => {
  const page = draw(few);
  assertStringIncludes(
    page,
    "- Networks other than a are shown with omse; auto; auto, output: `auto`, and the methods with the least mean MSE",
  );
  assertStringIncludes(page, "ImageNet and the shapes, judge it.");
  assertStringIncludes(page, "tensors for each law: a: laplace 1; c: laplace 1.");
  assertStringIncludes(page, "- `binary`: ");
  assertEquals(draw("--methods omse --bits 4").includes("rule of `auto`"), false);
});

Deno.test("the table of methods shows which method failed, and why", () => {
  const page = draw(
    few,
    (cells) =>
      cells.map((cell) =>
        cell.key.setting?.method === "omse" && cell.key.setting.bits === 2
          ? { ...cell, result: { failure: "Cannot do it" } }
          : cell
      ),
  );
  assertStringIncludes(page, "| omse                |   failed |");
  assertStringIncludes(page, "- Failed: a, omse, 2 bits per tensor: Cannot do it.");
});

Deno.test("the table of methods fits on 150 columns with all methods, and is drawn from any cells", () => {
  // Figures as long as they come: three digits after the point, and all of top-1 but 100 %.
  const page = draw("", (cells) =>
    cells.map(({ key, inputs, result }) => ({
      key,
      inputs,
      result: key.setting === undefined ? result : { ...result as MethodResult, top1: 0.917 },
    })));
  const widths = page.split("\n").filter((line) => line.startsWith("|")).map(({ length }) =>
    length
  );
  assert(Math.max(...widths) <= 150, `${Math.max(...widths)} columns`);
  assertStringIncludes(draw(few, (cells) => cells.slice(0, 1)), "| float32 | ");
});

const tensors = new Map([
  ["w", { shape: [2, 4], data: Float32Array.of(-2, -1, 1, 2, -3, 0, 1, 3) }],
  ["flat", { shape: [2, 2], data: new Float32Array(4).fill(1) }],
]);
const small: Checkpoint = { tensors, metadata: {} };
Deno.test("a cell of the table of methods holds errors; without images no accuracy; and why there are none", async () => {
  const run = (setting: CellKey["setting"]) =>
    methodsTable.run({ table: "methods", network: "a", setting }, fakeContext(small));
  const result = await run({ method: "min-max", bits: 16, granularity: "tensor" }) as MethodResult;
  assert(result.relativeMse! < 1e-9);
  assertEquals([result.top1, result.failure], [undefined, undefined]);
  assertEquals(await run(undefined), {});
  const failing = await run({ method: "binary", bits: 4, granularity: "tensor" }) as MethodResult;
  assertStringIncludes(failing.failure!, "bits of binary must be 1: current value is 4");
});

Deno.test("the bound's cell is that of the best law at rate zero, in shares of the variance", async () => {
  const data = Float32Array.from({ length: 4000 }, (_, i) => {
    // Quantiles of a Gaussian by Box and Muller on a grid that leaves no law in doubt.
    const u = (i + 0.5) / 4000;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * ((i * 0.6180339887) % 1));
  });
  const checkpoint = { tensors: new Map([["w", { shape: [4, 1000], data }]]), metadata: {} };
  const key = { table: "methods", network: "a", variant: "Shannon lower bound" };
  const { relativeMse, laws } = await methodsTable.run(
    key,
    fakeContext(checkpoint),
  ) as MethodResult;
  // The distortion-rate function of a Gaussian is its variance at rate zero.
  assertEquals(laws, { gaussian: 1 });
  assertAlmostEquals(relativeMse!, 1, 1e-3);
});
