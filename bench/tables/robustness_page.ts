import { holm } from "../../lib/metrics/holm.ts";
import { layerHeatMap } from "../../lib/report/charts/layer_heat_map.ts";
import { fixed, percent, signed } from "../../lib/report/format.ts";
import {
  type Page,
  type PageChart,
  type PageSection,
  type TableData,
  tabulate,
} from "../../lib/report/page.ts";
import { cifarCSeverities, imageNetCSeverities } from "../../lib/robustness/severities.ts";
import type { Column } from "../../lib/report/table.ts";
import {
  type BenchResults,
  type Cell,
  cellsOf,
  type Setting,
  settingName,
  variantName,
} from "../results.ts";
import type { Accuracy } from "./accuracy.ts";
import { caveatsOf, describeImages, networksOf, notesOnQuantization } from "./page.ts";
import { comparePaired, formatPValue } from "./paired.ts";
import {
  compareRobustness,
  kindName,
  level,
  type RobustnessComparison,
  type RobustnessVerdict,
} from "./robustness_comparison.ts";
import {
  attackedImages,
  conditionNamed,
  pgdSteps,
  pgdStepShare,
  severities,
} from "./robustness_conditions.ts";
import { byNetwork } from "./settings.ts";

type RobustnessCell = Cell<Accuracy>;

/** A setting, or the float32 weights, with its results by condition. */
interface Row {
  readonly setting?: Setting;
  readonly results: ReadonlyMap<string, Accuracy>;
}

/** Whether quantized networks lose less on noisy and attacked images, network by network. */
export function robustnessPage(title: string, results: BenchResults): Page {
  const cells = cellsOf<Accuracy>(results, "robustness");
  const networks = networksOf(results, cells);
  const datasets = new Set(networks.map(({ dataset }) => dataset));
  const sets = results.header.sets.filter(({ name }) => datasets.has(name));
  return {
    name: "robustness",
    title,
    sections: [...byNetwork(cells)].map(([label, ofNetwork]) => sectionOf(label, ofNetwork)),
    footnotes: [
      ...sets.map((set) => `${set.name}: ${describeImages(set)}.`),
      `Corruptions: severities ${
        severities.join(", ")
      } of ${cifarCSeverities.source} for small images and of ` +
      `${imageNetCSeverities.source} for large ones (Hendrycks and Dietterich, ICLR 2019): standard deviation of Gaussian noise as a ` +
      "share of the pixels' range; factor of the distance from each channel's mean; quality of JPEG, by libjpeg-turbo. Pixels " +
      "are rounded to the nearest byte, where the benchmarks round down.",
      `Attacks, on at most ${attackedImages(32)} balanced images of 32 pixels a side and ${
        attackedImages(224)
      } of 224, as gradients take their time: FGSM (Goodfellow et al., ICLR 2015), and PGD (Madry et al., ICLR 2018) of ` +
      `${pgdSteps} steps of ${pgdStepShare} epsilon from a random start, in the maximum norm, to whole bytes. "own gradient": the ` +
      `attacker has the quantized network; "float's gradient": only the float32 one, from which the attack is transferred. The ` +
      "float32 row is attacked by its own.",
      "Only weights are quantized, and they are constants of the gradient: it is exact, with no rounding to get past. Where " +
      "the attack by a network's own gradient does less than the transferred one, that would still be a sign of a masked " +
      "gradient (Athalye, Carlini and Wagner, ICML 2018): so the two are compared. An attack shows only how far robustness " +
      "reaches at most: a better one may do more.",
      "Minus float: top-1 less that of the float32 weights on the same images, and McNemar's exact p; clean: the same before " +
      "anything was done to the images. Gain: by how many points less the quantized network loses than the float32 one, the " +
      "first less the second; its 95 % interval is Gaussian, with one image more of either sign (Bonett and Price 2012); its p that of the exact test that throws the sign of each image's " +
      "gain anew. Each p is Holm-corrected over the methods and severities of one network, kind of condition, width and " +
      "granularity.",
      `Verdict on "quantization improves robustness": fails where the gain is below 0 (p ≤ ${level}). Where it is above 0 ` +
      `(p ≤ ${level}), it holds if the quantized network had as much to lose, its top-1 on clean images not below float's ` +
      `(McNemar's p ≤ ${level}, not corrected), or if its top-1 under the condition is above float's (p ≤ ${level}); if neither, ` +
      'quantization had broken something before, and left "less to lose": where all are near chance, nobody loses. Else ' +
      "undecided. Few images decide little. A transferred attack that does less to the quantized network says that its weights " +
      "are others, not that it resists an attacker who has them.",
      ...notesOnQuantization(cells),
      ...new Set(networks.flatMap((network) => caveatsOf(results, [network], network.dataset))),
    ],
  };
}

function sectionOf(label: string, cells: readonly RobustnessCell[]): PageSection {
  const comparisons = compareRobustness(cells);
  const rows = rowsOf(cells);
  const variants = [...new Set(cells.flatMap(({ key }) => key.variant ?? []))];
  const isAttack = (variant: string) => {
    const condition = conditionNamed(variant);
    return "epsilon" in condition || (condition.kind === "clean" && condition.attacked);
  };
  const kinds = [
    { title: "corrupted images", variants: variants.filter((variant) => !isAttack(variant)) },
    { title: "attacked images", variants: variants.filter(isAttack) },
  ].filter(({ variants }) => variants.length > 0);
  return {
    heading: label,
    text: [...verdictLines(comparisons), ...maskingLine(rows)],
    tables: [
      ...kinds.map(({ variants }) => top1Table(rows, variants)),
      ...(comparisons.length === 0 ? [] : [tabulate(comparisons, comparisonColumns)]),
    ],
    charts: kinds.map(({ title, variants }) => top1Map(`${label}: ${title}`, rows, variants)),
  };
}

function rowsOf(cells: readonly RobustnessCell[]): readonly Row[] {
  const groups = Map.groupBy(
    cells,
    ({ key: { setting } }) => setting === undefined ? "" : settingName(setting),
  );
  return [...groups.values()].map((group) => {
    const { setting } = group[0]!.key;
    const results = new Map(group.map(({ key, result }) => [key.variant!, result]));
    return { ...(setting && { setting }), results };
  });
}

const settingColumns: readonly Column<Pick<Row, "setting">>[] = [
  { title: "per", value: ({ setting }) => setting?.granularity },
  { title: "bits", value: ({ setting }) => setting?.bits ?? 32 },
  {
    title: "method",
    value: ({ setting }) => setting === undefined ? "float32" : variantName(setting),
  },
];

/** Top-1 in percent, a column for each condition. */
function top1Table(rows: readonly Row[], variants: readonly string[]): TableData {
  return tabulate(rows, [
    ...settingColumns,
    ...variants.map((variant): Column<Row> => ({
      title: variant,
      value: ({ results }) => results.get(variant)?.top1,
      format: percent(1),
    })),
  ]);
}

/** Top-1 by setting and condition. */
function top1Map(title: string, rows: readonly Row[], variants: readonly string[]): PageChart {
  const cells = rows.flatMap(({ setting, results }) =>
    variants.flatMap((column) => {
      const top1 = results.get(column)?.top1;
      const layer = setting === undefined ? "float32" : settingName(setting);
      return top1 === undefined ? [] : [{ layer, column, value: 100 * top1 }];
    })
  );
  return {
    title: `Top-1 by condition: ${title}`,
    spec: layerHeatMap({
      title,
      cells,
      rowTitle: "network",
      columnTitle: "condition",
      valueTitle: "top-1 (%)",
      scale: "linear",
    }),
  };
}

const comparisonColumns: readonly Column<RobustnessComparison>[] = [
  ...settingColumns,
  { title: "condition", value: ({ condition }) => condition.variant },
  { title: "top-1", unit: "%", value: ({ top1 }) => top1, format: percent(1) },
  { title: "minus float", unit: "points", value: ({ points }) => points, format: signed(1) },
  { title: "p (Holm)", value: ({ pValue }) => formatPValue(pValue), align: "right" },
  { title: "clean", unit: "points", value: ({ cleanPoints }) => cleanPoints, format: signed(1) },
  { title: "gain", unit: "points", value: ({ gain }) => gain, format: signed(1) },
  {
    title: "95 % interval",
    value: ({ gainInterval95 }) => gainInterval95.map(fixed(1)).join(" to "),
    align: "right",
  },
  {
    title: "p of gain (Holm)",
    value: ({ gainPValue }) => formatPValue(gainPValue),
    align: "right",
  },
  { title: "improves robustness", value: ({ verdict }) => verdict },
];

const verdicts: readonly RobustnessVerdict[] = ["holds", "less to lose", "fails", "undecided"];

/** For each kind of condition and granularity how the verdicts share out, width by width: never one word for a mixed result. */
function verdictLines(comparisons: readonly RobustnessComparison[]): readonly string[] {
  const kinds = Map.groupBy(
    comparisons,
    ({ condition, setting }) => `${kindName(condition)}, per ${setting.granularity}`,
  );
  return [...kinds].map(([kind, ofKind]) => {
    const widths = [...Map.groupBy(ofKind, ({ setting }) => setting.bits)];
    const parts = widths.map(([bits, ofWidth]) => `at ${bits} bits ${shareOut(ofWidth)}`);
    const { condition } = ofKind[0]!;
    const attacker = "gradient" in condition && condition.gradient === "float"
      ? " to attackers who have the float32 weights only"
      : "";
    return `"Quantization improves robustness"${attacker}, ${kind}: ${parts.join("; ")}.`;
  });
}

function shareOut(comparisons: readonly RobustnessComparison[]): string {
  const counts = verdicts.map((verdict) => ({
    verdict,
    count: comparisons.filter((comparison) => comparison.verdict === verdict).length,
  })).filter(({ count }) => count > 0);
  if (counts.length === 1) return `${counts[0]!.verdict} (all ${comparisons.length})`;
  return counts.map(({ verdict, count }) => `${verdict} ${count} of ${comparisons.length}`).join(
    ", ",
  );
}

/** Where the transferred attack does more than the one by a network's own gradient. */
function maskingLine(rows: readonly Row[]): readonly string[] {
  const pairs = rows.flatMap(({ setting, results }) =>
    setting === undefined ? [] : [...results].flatMap(([variant, own]) => {
      const condition = conditionNamed(variant);
      if (!("gradient" in condition) || condition.gradient !== "own") return [];
      const transferred = results.get(variant.replace("own gradient", "float's gradient"));
      const paired = transferred && comparePaired(own, transferred);
      const attack = variant.replace(", own gradient", "");
      return paired === undefined
        ? []
        : [{ name: `${settingName(setting)} (${attack})`, ...paired }];
    })
  );
  if (pairs.length === 0) return [];
  const adjusted = holm(pairs.map(({ pValue }) => pValue));
  const signs = pairs.filter(({ points }, i) => points > 0 && adjusted[i]! <= level);
  const found = signs.length === 0
    ? "none"
    : signs.map(({ name, points }) => `${name} by ${fixed(1)(points)} points`).join(", ");
  return [
    "Signs of a masked gradient, where the transferred attack does more than that by the own gradient (McNemar's p ≤ " +
    `${level}, Holm-corrected): ${found}, of ${pairs.length} pairs.`,
  ];
}
