import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { packHits } from "../../bench/hits.ts";
import type { BenchResults, Cell, Setting } from "../../bench/results.ts";
import type { AccuracyResult } from "../../bench/tables/accuracy.ts";
import {
  type AccuracyComparison,
  compareAccuracies,
  isAboutEqual,
  isApart,
  standingOf,
  verdictOfBetter,
  verdictOfEqual,
} from "../../bench/tables/claim_accuracy.ts";
import { compareErrors } from "../../bench/tables/claim_mse.ts";
import { competitorsOf, contestsOf, isRival } from "../../bench/tables/claim_verdicts.ts";
import { claimsPage } from "../../bench/tables/claims_page.ts";
import { claimsTable } from "../../bench/tables/claims.ts";
import type { NetworkError } from "../../bench/tables/network_error.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { assertRelative } from "../tolerance.ts";
import { exampleResults } from "./example_results.ts";

const { header } = exampleResults;
const at = (method: string, bits: number): Setting => ({ method, bits, granularity: "tensor" });
const selectionOf = (methods: readonly string[], bits: readonly number[]) => ({
  ...header.selection,
  methods,
  bits,
});
const contest = (bits: readonly number[]) =>
  ({ claimant: "ks-lloyd-max", granularity: "tensor", widths: bits }) as const;

/** A cell of the table mse with a tensor for each error. */
function mseCell(
  network: string,
  setting: Setting,
  errors: readonly number[],
): Cell<NetworkError> {
  const layers = errors.map((mse, i) => ({
    name: `tensor ${i}`,
    size: 10,
    mse,
    relativeMse: mse,
    effectiveBits: 4,
  }));
  const figures = { relativeMse: 0, weightedRelativeMse: 0, sqnrDb: 0, effectiveBits: 4 };
  return {
    key: { table: "mse", network, setting },
    inputs: "",
    result: { ...figures, families: {}, layers },
  };
}

const errors = (count: number, value: number) => Array.from({ length: count }, () => value);

Deno.test("compareErrors() counts tensors over all networks, leaves ties out and corrects by Holm", () => {
  const cells = [
    mseCell("a", at("ks-lloyd-max", 2), errors(10, 1)),
    mseCell("b", at("ks-lloyd-max", 2), errors(4, 1)),
    mseCell("a", at("min-max", 2), [...errors(8, 2), 1 + 1e-12, 0.5]),
    mseCell("b", at("min-max", 2), [0.5, 0.5, 2, 0.5]),
    mseCell("a", at("aciq", 2), errors(10, 3)),
    mseCell("b", at("aciq", 2), errors(4, 3)),
  ];
  const [minMax, aciq] = compareErrors(
    {
      cells,
      networks: ["a", "b"],
      selection: selectionOf(["min-max", "aciq", "ks-lloyd-max"], [2]),
    },
    contest([2]),
  );
  assertEquals([minMax!.wins, minMax!.losses, minMax!.ties], [9, 4, 1]);
  // By hand: 2 (C(13,0) + ... + C(13,4)) / 2^13, the larger of two; and twice 2 / 2^14.
  assertEquals(minMax!.pValue!.toFixed(12), (2 * (1 + 13 + 78 + 286 + 715) / 2 ** 13).toFixed(12));
  assertEquals(aciq!.pValue!.toFixed(12), (4 / 2 ** 14).toFixed(12));
  assertEquals([minMax!.verdict, aciq!.verdict], ["undecided", "holds"]);
  assertEquals(minMax!.dissenters, [{ network: "b", wins: 1, losses: 3, ties: 0 }]);
  assertEquals(aciq!.dissenters, []);
});

Deno.test("compareErrors() says that a claim fails, and which networks and widths weren't measured", () => {
  const cells = [
    mseCell("a", at("ks-lloyd-max", 8), errors(12, 2)),
    mseCell("b", at("ks-lloyd-max", 8), errors(12, 2)),
    mseCell("a", at("k-means", 8), errors(12, 1)),
  ];
  const comparisons = compareErrors(
    { cells, networks: ["a", "b"], selection: selectionOf(["k-means", "ks-lloyd-max"], [4, 8]) },
    contest([4, 8]),
  );
  assertEquals(
    comparisons.map(({ bits, verdict, missing }) => ({ bits, verdict, missing })),
    [
      { bits: 4, verdict: "not measured", missing: ["a", "b"] },
      { bits: 8, verdict: "fails", missing: ["b"] },
    ],
  );
  assertEquals(comparisons[0]!.pValue, undefined);
});

/** A comparison with this difference, interval and corrected p. */
function comparison(
  points: number,
  interval95: readonly [number, number],
  adjusted: number,
): AccuracyComparison {
  const jointInterval = interval95;
  return { competitor: "omse", points, interval95, jointInterval, pValue: adjusted, adjusted };
}

const better = comparison(3, [2, 4], 1e-6);
const slightlyBetter = comparison(0.5, [0.3, 0.7], 1e-4);
const worse = comparison(-3, [-4, -2], 1e-6);
const unclear = comparison(0.5, [-1.5, 2.5], 0.6);
const equal = comparison(0.1, [-0.4, 0.6], 0.7);

Deno.test("standingOf(), isAboutEqual() and isApart() tell a difference from none, and from none that was shown", () => {
  const all = [better, slightlyBetter, worse, unclear, equal];
  assertEquals(all.map(standingOf), ["better", "better", "worse", "undecided", "undecided"]);
  const atLevel = [0.05, 0.0501].map((adjusted) => standingOf({ ...better, adjusted }));
  assertEquals(atLevel, ["better", "undecided"]);
  assertEquals(all.map(isAboutEqual), [false, true, false, false, true]);
  assertEquals(all.map(isApart), [true, false, true, false, false]);
  // Apart as one of one, not as one of several.
  assertEquals(isApart({ ...better, jointInterval: [0.9, 5.1] }), false);
});

Deno.test("verdictOfBetter() holds against all, fails against one, and is undecided between", () => {
  assertEquals(verdictOfBetter([better, slightlyBetter]), "holds");
  assertEquals(verdictOfBetter([better, unclear]), "undecided");
  assertEquals(verdictOfBetter([better, unclear, worse]), "fails");
  assertEquals(verdictOfBetter([]), "not measured");
});

Deno.test("verdictOfEqual() wants equality shown, and at 4 bits a difference", () => {
  assertEquals(verdictOfEqual([equal, slightlyBetter], 3), "holds");
  assertEquals(verdictOfEqual([equal, unclear], 3), "undecided");
  assertEquals(verdictOfEqual([equal, unclear, worse], 3), "fails");
  assertEquals(verdictOfEqual([equal, slightlyBetter], 4), "fails");
  assertEquals(verdictOfEqual([equal, unclear], 4), "undecided");
  assertEquals(verdictOfEqual([equal, worse], 4), "holds");
  assertEquals(verdictOfEqual([], 4), "not measured");
});

Deno.test("contestsOf() and competitorsOf() set each of our methods against all that aren't ours", () => {
  const selection = {
    ...selectionOf(["min-max", "aciq", "ks-lloyd-max", "auto", "nf4"], [4, 2]),
    granularities: ["tensor", "channel"] as const,
    methods: ["min-max", "aciq", "ks-lloyd-max", "auto"],
  };
  assertEquals(
    contestsOf(selection).map(({ claimant, granularity, widths }) => [
      claimant,
      granularity,
      ...widths,
    ]),
    ["ks-lloyd-max", "auto", "auto, output"].flatMap((claimant) => [
      [claimant, "tensor", 2, 4],
      [claimant, "channel", 2, 4],
    ]),
  );
  assertEquals(competitorsOf(selection, contest([2]), 2), ["min-max", "aciq"]);
  const ofAuto = { claimant: "auto", granularity: "tensor" } as const;
  assertEquals(competitorsOf(selection, ofAuto, 2), ["min-max", "aciq", "ks-lloyd-max"]);
});

Deno.test("isRival() leaves out the parts of ks-lloyd-max, and what is fitted to the weights", () => {
  const methods = ["min-max", "aciq", "lloyd-max-gaussian", "lloyd-max-laplace", "k-means"];
  assertEquals(methods.filter(isRival), ["min-max", "aciq"]);
});

/** A cell with so many of 2,000 images right, the first ones. */
function accuracyCell(table: string, setting: Setting, right: number): Cell<AccuracyResult> {
  const size = 2000;
  const correct = packHits(Uint8Array.from({ length: size }, (_, i) => Number(i < right)));
  return {
    key: { table, network: "a (cifar-10)", setting },
    inputs: "",
    result: {
      top1: right / size,
      top5: 1,
      interval95: [0, 1],
      size,
      correct,
      effectiveBits: 4,
      bytes: 1,
    },
  };
}

const methods = ["min-max", "lloyd-max-gaussian", "k-means", "ks-lloyd-max"];

Deno.test("compareAccuracies() compares image by image and corrects over the competitors", () => {
  const cells = [
    accuracyCell("cifar10", at("ks-lloyd-max", 4), 1800),
    accuracyCell("cifar10", at("min-max", 4), 1792),
    accuracyCell("cifar10", at("k-means", 4), 1806),
  ];
  const [found] = compareAccuracies({ cells, selection: selectionOf(methods, [4]) }, contest([4]));
  assertEquals(found!.missing, ["lloyd-max-gaussian"]);
  // Tango's at 1 - 0.05 / 2, by scipy.optimize.brentq of SciPy 1.17.1 on his score.
  const [lower, upper] = found!.comparisons[0]!.jointInterval;
  assertRelative(lower, 0.1484328358, 1e-8, "lower end");
  assertRelative(upper, 0.8637954711, 1e-8, "upper end");
  assertEquals(
    found!.comparisons.map(({ competitor, points, pValue, adjusted }) => ({
      competitor,
      points,
      pValue: pValue.toFixed(12),
      adjusted: adjusted.toFixed(12),
    })),
    [
      // 8 against 0, and 0 against 6: 2 / 2^8 twice, as it is the smaller of two.
      {
        competitor: "min-max",
        points: 0.4,
        pValue: (2 / 2 ** 8).toFixed(12),
        adjusted: (4 / 2 ** 8).toFixed(12),
      },
      {
        competitor: "k-means",
        points: -0.3,
        pValue: (2 / 2 ** 6).toFixed(12),
        adjusted: (2 / 2 ** 6).toFixed(12),
      },
    ],
  );
});

/** The page of these cells. */
function pageOf(cells: readonly Cell[], bits: readonly number[]): string {
  const selection = selectionOf(methods, bits);
  const results: BenchResults = { ...exampleResults, header: { ...header, selection }, cells };
  return markdownPage(claimsPage(claimsTable.title, results));
}

/** The rows of a page's tables that begin so, without padding. */
function rowsOf(page: string, start: string): readonly string[] {
  return page.split("\n").map((line) => line.replaceAll(/ *\| */g, " | ").slice(3, -3))
    .filter((row) => row.startsWith(start));
}

Deno.test("the claims table gives a verdict for each width, against all and against the rivals", () => {
  const text = pageOf(
    [2, 4].flatMap((bits) => [
      accuracyCell("cifar100", at("ks-lloyd-max", bits), 1500),
      accuracyCell("cifar100", at("min-max", bits), 1400),
      accuracyCell("cifar100", at("lloyd-max-gaussian", bits), 1490),
      accuracyCell("cifar100", at("k-means", bits), bits === 2 ? 1600 : 1450),
    ]),
    [2, 4],
  );
  assertEquals(rowsOf(text, "ks-lloyd-max, per tensor | a (cifar-10)").slice(0, 2), [
    "ks-lloyd-max, per tensor | a (cifar-10) | all | fails | holds",
    "ks-lloyd-max, per tensor | a (cifar-10) | rivals | holds | holds",
  ]);
  assertStringIncludes(text, "k-means (-5.00, p <1e-29)");
});

Deno.test("the claims table says that CIFAR-10 at 4 bits is the exception", () => {
  const cells = [3, 4].flatMap((bits) => [
    accuracyCell("cifar10", at("ks-lloyd-max", bits), 1800),
    accuracyCell("cifar10", at("min-max", bits), 1799),
    accuracyCell("cifar10", at("lloyd-max-gaussian", bits), 1801),
    accuracyCell("cifar10", at("k-means", bits), 1800),
  ]);
  assertEquals(rowsOf(pageOf(cells, [3, 4]), "ks-lloyd-max, per tensor | a").slice(0, 2), [
    "ks-lloyd-max, per tensor | a (cifar-10) | all | holds | fails",
    "ks-lloyd-max, per tensor | a (cifar-10) | rivals | holds | fails",
  ]);
});

Deno.test("the claims table says what was not measured", () => {
  const none = pageOf([], [4]);
  assertStringIncludes(
    none,
    "ks-lloyd-max, per tensor: not measured, as the table mse has no cells",
  );
  assertStringIncludes(none, "Not measured: the table cifar100 has no cells.");
  assertStringIncludes(none, "Not measured: the table cifar10 has no cells.");
  assert(!none.includes("ImageNet\n"));
  const alone = pageOf([accuracyCell("cifar10", at("min-max", 4), 3)], [4]);
  assertStringIncludes(alone, "not measured, as the table cifar10 has no cells of it");
  const some = pageOf(
    [
      mseCell("a (cifar-10)", at("ks-lloyd-max", 4), [1]),
      mseCell("a (cifar-10)", at("min-max", 4), [2]),
    ],
    [4],
  );
  assertEquals(rowsOf(some, "ks-lloyd-max").slice(0, 2), [
    "ks-lloyd-max, per tensor | min-max | undecided",
    "ks-lloyd-max, per tensor | lloyd-max-gaussian | not measured",
  ]);
  assertStringIncludes(some, "| without cells |");
});

Deno.test("the claims table has no cells of its own, and is drawn from those of four tables", () => {
  const scene = { selection: header.selection, networks: [], sets: [] };
  assertEquals(claimsTable.plan(scene, []), []);
  assertEquals(claimsTable.uses, ["mse", "cifar10", "cifar100", "imagenet"]);
  assertThrows(
    () => claimsTable.run({ table: "claims", network: "a" }, undefined as never),
    Error,
    "as it has none",
  );
});
