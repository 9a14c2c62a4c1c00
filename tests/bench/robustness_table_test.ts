import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { packHits } from "../../bench/hits.ts";
import type { Cell, CellKey, Setting } from "../../bench/results.ts";
import type { Accuracy } from "../../bench/tables/accuracy.ts";
import { robustnessTable } from "../../bench/tables/robustness.ts";
import { compareRobustness, signFlipTest } from "../../bench/tables/robustness_comparison.ts";
import { conditionsFor } from "../../bench/tables/robustness_conditions.ts";
import { mcnemarTest } from "../../lib/metrics/paired_test.ts";
import { measureAccuracy } from "../../lib/evaluation/measure_accuracy.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { openPredictor } from "../../lib/networks/predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { fgsm, pgd } from "../../lib/robustness/attacks.ts";
import { openInputGradient } from "../../lib/robustness/input_gradient.ts";
import { attackSource } from "../../lib/robustness/perturb_source.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { shapesContext, shapesLabel, shapesResults, shapesScene } from "./shapes_context.ts";

const setting: Setting = { method: "ks-lloyd-max", bits: 4, granularity: "tensor" };

Deno.test("the table of robustness plans each condition for float32 and each setting, and the float's own gradient once", () => {
  const plan = robustnessTable.plan(shapesScene(), []);
  const of = (isWanted: (key: CellKey) => boolean) =>
    plan.filter(isWanted).map(({ variant }) => variant);
  assertEquals(of(({ setting }) => setting === undefined), [
    "clean",
    "noise 0.04",
    "noise 0.08",
    "noise 0.1",
    "contrast 0.75",
    "contrast 0.4",
    "contrast 0.15",
    "jpeg 80",
    "jpeg 58",
    "jpeg 40",
    "clean, images of the attacks",
    "fgsm 1/255, own gradient",
    "fgsm 2/255, own gradient",
    "pgd 2/255, own gradient",
  ]);
  assertEquals(
    of(({ setting }) => setting !== undefined),
    conditionsFor(32).map(({ variant }) => variant),
  );
  assertEquals(robustnessTable.plan(shapesScene({ evaluable: false }), []), []);
  const images = shapesScene().sets.map((set) => ({ ...set, height: 224, width: 224 }));
  const large = robustnessTable.plan({ ...shapesScene(), sets: images }, []);
  assert(large.some(({ variant }) => variant === "jpeg 7"));
});

slowTest(
  "cells of robustness: harder images, attacks that do more with the own gradient, the same twice",
  async () => {
    const { context } = await shapesContext(shapesScene({ size: 20 }));
    const run = async (variant: string, setting?: Setting) =>
      await robustnessTable.run(
        { table: "robustness", network: shapesLabel, setting, variant },
        context,
      ) as Accuracy;
    const clean = await run("clean");
    assertEquals(await run("clean, images of the attacks"), clean);
    const top1 = new Map<string, number>();
    for (const variant of ["noise 0.1", "contrast 0.15", "jpeg 40", "fgsm 2/255, own gradient"]) {
      const result = await run(variant);
      assertEquals(result, await run(variant), variant);
      assertEquals(result.size, 20);
      top1.set(variant, result.top1);
    }
    assert(top1.get("contrast 0.15")! < clean.top1);
    assert(top1.get("fgsm 2/255, own gradient")! < clean.top1);
    // The float32 weights' attack on themselves is what is transferred.
    const transferred = await run("fgsm 2/255, float's gradient", { ...setting, bits: 8 });
    assertAlmostEquals(transferred.top1, top1.get("fgsm 2/255, own gradient")!, 2 / 20);
  },
);

slowTest(
  "cells of robustness follow the gradient of the weights that they name, by the attack that they name",
  async () => {
    const { context } = await shapesContext(shapesScene({ size: 8 }));
    const float = await context.checkpoint(shapesLabel);
    const { checkpoint: quantized } = await context.quantize(shapesLabel, setting);
    const source = await context.images("shapes");
    const description = describeNetwork(float);
    for (const [gradient, weights] of [["own", quantized], ["float's", float]] as const) {
      for (const kind of ["fgsm", "pgd"]) {
        const variant = `${kind} 2/255, ${gradient} gradient`;
        const key = { table: "robustness", network: shapesLabel, setting, variant };
        const { correct } = await robustnessTable.run(key, context) as Accuracy;
        await useBackend("wasm");
        const network = openInputGradient(description, weights.tensors);
        const attacked = attackSource(
          source,
          (pixels, labels, first) =>
            kind === "fgsm"
              ? fgsm(network, pixels, labels, { epsilon: 2 })
              : pgd(network, pixels, labels, {
                epsilon: 2,
                steps: 7,
                stepSize: 0.5,
                seed: 1,
                first,
              }),
        );
        const predictor = await openPredictor(description, quantized.tensors);
        const expected = await measureAccuracy(predictor, attacked);
        network.dispose();
        predictor.close();
        assertEquals(correct, packHits(expected.correct), variant);
      }
    }
  },
);

slowTest("attacks are measured on balanced images where there are more", async () => {
  const { context } = await shapesContext(shapesScene({ size: 700 }));
  const run = (variant: string) =>
    robustnessTable.run({ table: "robustness", network: shapesLabel, variant }, context);
  const { size } = await run("clean, images of the attacks") as Accuracy;
  assertEquals(size, 500);
});

Deno.test("signFlipTest() is McNemar's where no difference is 2, and all flips of signs counted otherwise", () => {
  for (const [wins, losses] of [[7, 1], [0, 30], [250, 301], [4, 4]] as const) {
    const differences = [...Array(wins).fill(1), ...Array(losses).fill(-1), 0, 0, 0];
    assertRelative(signFlipTest(differences), mcnemarTest(wins, losses).pValue, 1e-12, "p");
  }
  for (
    const differences of [[2], [2, 1], [2, -1, 1, 1], [2, 2, -1, 1, 2, 1, 1], [-2, -2, 1, -2, -1]]
  ) {
    const sum = (signs: number) =>
      differences.reduce((sum, difference, i) => sum + (signs >> i & 1 ? -1 : 1) * difference, 0);
    const flips = Array.from({ length: 2 ** differences.length }, (_, signs) => sum(signs));
    const asFar = flips.filter((flip) => Math.abs(flip) >= Math.abs(sum(0)));
    assertRelative(signFlipTest(differences), asFar.length / flips.length, 1e-14, `${differences}`);
  }
  assertEquals([signFlipTest([]), signFlipTest([0, 0]), signFlipTest([1, -1])], [1, 1, 1]);
  // 2 / 2^2000 is below the smallest double.
  assertEquals(signFlipTest(new Int8Array(2000).fill(2)), 0);
});

/** An accuracy of so many hits, from the first image on or from one further on. */
function hits(count: number, size: number, first = 0): Accuracy {
  const correct = Uint8Array.from(
    { length: size },
    (_, i) => i >= first && i < first + count ? 1 : 0,
  );
  const top1 = count / size;
  return { top1, top5: 1, size, interval95: [0, 1], correct: packHits(correct) };
}

const size = 400;
const cell = (variant: string, result: Accuracy, bits?: number): Cell<Accuracy> => ({
  key: {
    table: "robustness",
    network: shapesLabel,
    ...(bits === undefined ? {} : { setting: { ...setting, bits } }),
    variant,
  },
  inputs: "0",
  result,
});

/** Cells whose float32 network has 360 of 400 right, and 300 with noise. */
function noiseCells(clean: number, noisy: Accuracy, bits = 4): readonly Cell<Accuracy>[] {
  return [
    cell("clean", hits(360, size)),
    cell("noise 0.1", hits(300, size)),
    cell("clean", hits(clean, size), bits),
    cell("noise 0.1", noisy, bits),
  ];
}

Deno.test("robustness holds where the network loses less, fails where it loses more, and less to lose is neither", () => {
  const verdict = (clean: number, noisy: number) => {
    const [comparison] = compareRobustness(noiseCells(clean, hits(noisy, size)));
    return [comparison!.verdict, comparison!.gain, comparison!.cleanPoints, comparison!.points];
  };
  assertEquals(verdict(356, 320), ["holds", 6, -1, 5]);
  assertEquals(verdict(356, 260), ["fails", -9, -1, -10]);
  assertEquals(verdict(356, 297), ["undecided", 0.25, -1, -0.75]);
  // Broken before, and no better after; by 5 images better, which may be luck (p 0.06); by 6 (p 0.03).
  assertEquals(verdict(200, 290), ["less to lose", 37.5, -40, -2.5]);
  assertEquals(verdict(200, 305), ["less to lose", 41.25, -40, 1.25]);
  assertEquals(verdict(200, 306), ["holds", 41.5, -40, 1.5]);
  // Chance before and after.
  assertEquals(verdict(40, 40), ["less to lose", 15, -80, -65]);
});

Deno.test("robustness compares images one by one, and corrects for the number of tests", () => {
  const [single] = compareRobustness(noiseCells(360, hits(300, size, 9)));
  // Nine images each way: nothing gained.
  assertEquals([single!.gain, single!.gainPValue, single!.pValue], [0, 1, 1]);
  const cells = noiseCells(360, hits(309, size));
  const [alone] = compareRobustness(cells);
  assertRelative(alone!.gainPValue, 2 / 2 ** 9, 1e-12, "p");
  assertRelative(alone!.pValue, 2 / 2 ** 9, 1e-12, "p");
  const [lower, upper] = alone!.gainInterval95;
  // As if there were an image more for, and one against.
  const spread = 1.959964 * Math.sqrt((11 / 402 - (9 / 402) ** 2) / 402);
  assertRelative(lower, 100 * (9 / 402 - spread), 1e-6, "lower end");
  assertRelative(upper, 100 * (9 / 402 + spread), 1e-6, "upper end");
  const two = compareRobustness([
    ...cells,
    cell("noise 0.04", hits(330, size)),
    cell("noise 0.04", hits(330, size), 4),
    cell("jpeg 40", hits(330, size)),
    cell("jpeg 40", hits(330, size), 4),
  ]);
  // One other test in its family; JPEG is another one.
  assertRelative(two[0]!.gainPValue, 4 / 2 ** 9, 1e-12, "corrected p");
  assertEquals(two.length, 3);
});

Deno.test("robustness has the interval of a gain that statpsych has, and a width where no image differs", () => {
  // The example of ci.prop.ps in R's statpsych 1.7.0: 26 cases for, 4 against, of 48.
  const [comparison] = compareRobustness([
    cell("clean", hits(48, 48)),
    cell("noise 0.1", hits(16, 48)),
    cell("clean", hits(48, 48), 4),
    cell("noise 0.1", hits(38, 48, 4), 4),
  ]);
  assertRelative(comparison!.gainInterval95[0], 25.48067, 1e-6, "lower end");
  assertRelative(comparison!.gainInterval95[1], 62.51933, 1e-6, "upper end");
  const [same] = compareRobustness(noiseCells(360, hits(300, size)));
  const width = 100 * 1.959964 * Math.sqrt(2) / 402;
  assertRelative(same!.gainInterval95[0], -width, 1e-6, "lower end without differences");
});

Deno.test("the page of robustness tells verdicts by kind and width, and never one word for a mixed result", () => {
  const attacks = [
    cell("clean, images of the attacks", hits(360, size)),
    cell("clean, images of the attacks", hits(360, size), 4),
    cell("fgsm 2/255, own gradient", hits(200, size)),
    cell("fgsm 2/255, own gradient", hits(200, size), 4),
    cell("fgsm 2/255, float's gradient", hits(150, size), 4),
  ];
  const cells = [
    ...noiseCells(40, hits(40, size), 2),
    ...noiseCells(356, hits(320, size)).slice(2),
    cell("noise 0.04", hits(350, size)),
    cell("noise 0.04", hits(310, size), 4),
    ...attacks,
  ];
  const page = markdownPage(robustnessTable.page(shapesResults(cells)));
  assertStringIncludes(
    page,
    `"Quantization improves robustness", Gaussian noise, per tensor: at 2 bits less to lose (all 1); at 4 bits holds 1 of 2, fails 1 of 2.`,
  );
  assertStringIncludes(
    page,
    `robustness", FGSM, own gradient, per tensor: at 4 bits undecided (all 1).`,
  );
  assertStringIncludes(
    page,
    `robustness" to attackers who have the float32 weights only, FGSM, float's gradient, per tensor: at 4 bits fails (all 1).`,
  );
  assertStringIncludes(
    page,
    "Signs of a masked gradient, where the transferred attack does more than that by the own gradient (McNemar's p ≤ 0.05, Holm-corrected): ks-lloyd-max, 4 bits per tensor (fgsm 2/255) by 12.5 points, of 1 pairs.",
  );
  assertStringIncludes(page, "40 images, 4 of each of the 10 classes");
  const float = page.split("\n").find((line) => line.includes("float32") && line.includes("90.0"));
  assertEquals(float?.split("|").map((text) => text.trim()).slice(2, 7), [
    "32",
    "float32",
    "90.0",
    "75.0",
    "87.5",
  ]);
  const { charts } = robustnessTable.page(shapesResults(cells)).sections[0]!;
  assertEquals(charts!.map(({ title }) => title), [
    "Top-1 by condition: shapes-resnet8 (shapes): corrupted images",
    "Top-1 by condition: shapes-resnet8 (shapes): attacked images",
  ]);
  const [corrupted, attacked] = charts!.map(({ spec }) => JSON.stringify(spec));
  assertStringIncludes(corrupted!, '{"layer":"float32","column":"noise 0.1","value":75}');
  assertStringIncludes(
    attacked!,
    '{"layer":"ks-lloyd-max, 4 bits per tensor","column":"fgsm 2/255, float\'s gradient","value":37.5}',
  );
  // Whatever cells are there.
  for (let count = 0; count <= cells.length; count++) {
    robustnessTable.page(shapesResults(cells.slice(0, count)));
  }
});
