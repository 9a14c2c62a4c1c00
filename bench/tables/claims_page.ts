import { count, percent, signed } from "../../lib/report/format.ts";
import { type Page, type PageSection, type TableData, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, cellsOf } from "../results.ts";
import type { AccuracyResult } from "./accuracy.ts";
import {
  type AccuracyComparison,
  type AccuracyContest,
  compareAccuracies,
  equivalenceMargin,
  exceptedWidth,
  isAboutEqual,
  standingOf,
  verdictOfBetter,
  verdictOfEqual,
} from "./claim_accuracy.ts";
import { compareErrors, type MseComparison } from "./claim_mse.ts";
import { type Contest, contestsOf, isRival, level, type Verdict } from "./claim_verdicts.ts";
import type { NetworkError } from "./network_error.ts";
import { caveatsOf, notesOnQuantization } from "./page.ts";
import { formatPValue } from "./paired.ts";

/** A claim about accuracy on the images of one table. */
interface AccuracyClaim {
  readonly title: string;
  readonly table: string;
  readonly verdict: (comparisons: readonly AccuracyComparison[], bits: number) => Verdict;
}

const mseClaim = "Claim 1: lower MSE than existing methods, often";

const accuracyClaims: readonly AccuracyClaim[] = [
  {
    title: "Claim 2: better accuracy than the others on CIFAR-100, throughout",
    table: "cifar100",
    verdict: verdictOfBetter,
  },
  {
    title:
      `Claim 3: about equal accuracy to the others on CIFAR-10, except at ${exceptedWidth} bits, where it is not`,
    table: "cifar10",
    verdict: verdictOfEqual,
  },
  {
    title: "Beyond the claims: better accuracy than the others on ImageNet",
    table: "imagenet",
    verdict: verdictOfBetter,
  },
];

const mseColumns: readonly Column<MseComparison>[] = [
  { title: "bits", value: ({ bits }) => bits },
  { title: "against", value: ({ competitor }) => competitor },
  { title: "lower", value: ({ wins }) => wins },
  { title: "higher", value: ({ losses }) => losses },
  { title: "same", value: ({ ties }) => ties },
  {
    title: "share lower",
    unit: "%",
    value: ({ wins, losses }) => wins + losses === 0 ? undefined : wins / (wins + losses),
    format: percent(0),
  },
  { title: "p (Holm)", value: ({ pValue }) => pValue, format: formatPValue },
  { title: "lower MSE", value: ({ verdict }) => verdict },
];

/** Shown where they have something to say. */
const mseRemarks: readonly Column<MseComparison>[] = [
  {
    title: "networks that differ",
    value: ({ dissenters }) =>
      dissenters.map(({ network, wins, losses }) => `${network} ${wins}:${losses}`).join(", "),
  },
  { title: "without cells", value: ({ missing }) => missing.join(", ") },
];

/** What the measurements say of each claim. */
export function claimsPage(title: string, results: BenchResults): Page {
  const contests = contestsOf(results.header.selection);
  const measured = accuracyClaims.filter(({ table }) =>
    table !== "imagenet" || cellsOf(results, table).length > 0
  );
  const used = results.cells.filter(({ key }) =>
    key.table === "mse" || accuracyClaims.some(({ table }) => table === key.table)
  );
  return {
    name: "claims",
    title,
    sections: [
      mseSection(results, contests),
      ...measured.map((claim) => accuracySection(results, claim, contests)),
    ],
    footnotes: [
      "The claims are known in words only: the tables of Luqman et al. (arXiv:2412.07391) could not be had, nor which methods, networks and " +
      "settings they compare. `ks-lloyd-max` is our reading of the method. So a verdict is about the claim for what was measured here, not about a " +
      "figure of theirs; the same questions are put to `auto`, of which they say nothing.",
      `Claim 1: for each competitor and width, on how many quantized tensors of all networks the MSE is lower and higher, those that are the same to 1e-9 ` +
      `left out, and a two-sided sign test, Holm-corrected over the competitors and widths of a method and granularity. Holds: lower on more tensors, p ≤ ${level}; ` +
      "fails: on fewer; undecided: neither, also where all are the same. Tensors of a network were trained together and aren't independent draws: p is of this set of tensors, and " +
      "networks whose own majority is the other way stand beside it (lower:higher). The sign test asks how often, not by how much.",
      "k-means and other methods fitted to the weights store every level, and no book of as many levels has less MSE than exact k-means: against them the " +
      "claim cannot hold for a method that is a book alone, and says how often a few numbers do as well.",
      `Claims 2 and 3: for each network and width, McNemar's exact two-sided test against each competitor on the same images, Holm-corrected over the competitors; ` +
      `better or worse: p ≤ ${level}; in brackets the difference of top-1 in points and the corrected p.`,
      "Better than the others: holds where it is better than every one of them, fails where one is better than it, else undecided.",
      `About equal: not the absence of a significant difference, which few images give to anything, but a 95 % interval of the difference (Tango's) within ±${equivalenceMargin} ` +
      `point. Holds where it is about equal to every competitor; fails where it is shown to be more than ${equivalenceMargin} point from one of them (p ≤ ${level}, and the whole ` +
      `interval beyond, of a confidence of 1 - ${level} / competitors, as any of them would do); else undecided. At ${exceptedWidth} bits, where the claim is that it is not, the other way round: it holds where one competitor is so far away, in ` +
      "either direction, as the source doesn't say which.",
      "Verdicts against the rivals leave two kinds of competitors out: the two laws' own Lloyd-Max quantizers, of which ks-lloyd-max is always one on each tensor, and methods " +
      "that are fitted to the weights. Where all methods are near chance, as at 2 bits, being better means little.",
      ...(contests.some(({ claimant }) => claimant.startsWith("auto")) ? [autoNote] : []),
      ...notesOnQuantization(used),
      ...results.header.sets.flatMap(({ name, images }) =>
        measured.some(({ table }) =>
            cellsOf(results, table).some(({ key }) => datasetOf(results, key.network) === name)
          )
          ? [`${name}: ${count(images)} images.`]
          : []
      ),
      ...new Set(
        results.header.networks.flatMap((network) =>
          caveatsOf(results, [network], network.dataset)
        ),
      ),
    ],
  };
}

function datasetOf({ header: { networks } }: BenchResults, label: string): string | undefined {
  return networks.find((network) => network.label === label)?.dataset;
}

function mseSection(results: BenchResults, contests: readonly Contest[]): PageSection {
  const cells = cellsOf<NetworkError>(results, "mse");
  const networks = results.header.networks.map(({ label }) => label);
  const { selection } = results.header;
  const text: string[] = [];
  const verdicts: VerdictRow[] = [];
  const tables: TableData[] = [];
  for (const contest of contests) {
    const comparisons = compareErrors({ cells, networks, selection }, contest);
    const measured = comparisons.filter(({ verdict }) => verdict !== "not measured");
    if (measured.length === 0) {
      text.push(notMeasured(contest, "mse"));
      continue;
    }
    const method = nameOf(contest);
    for (const [competitor, outcomes] of Map.groupBy(comparisons, ({ competitor }) => competitor)) {
      verdicts.push({ method, against: competitor, outcomes });
    }
    const columns = columnsFor(contest, comparisons, mseColumns, mseRemarks);
    tables.push({ ...tabulate(comparisons, columns), isDetail: true });
  }
  return sectionOf({ heading: mseClaim, text, verdicts, tables });
}

/** What is said of a claim at each width: a row of the table that a section begins with. */
interface VerdictRow {
  readonly method: string;
  readonly network?: string;
  readonly against: string;
  readonly outcomes: readonly { readonly bits: number; readonly verdict: Verdict }[];
}

function sectionOf({ heading, text, verdicts, tables }: {
  readonly heading: string;
  readonly text: readonly string[];
  readonly verdicts: readonly VerdictRow[];
  readonly tables: readonly TableData[];
}): PageSection {
  if (verdicts.length === 0) {
    return { heading, text: text.length === 0 ? [nothingAsked] : text, tables };
  }
  const bits = verdicts.flatMap(({ outcomes }) => outcomes.map(({ bits }) => bits));
  const widths = [...new Set(bits)].toSorted((a, b) => a - b);
  const columns: Column<VerdictRow>[] = [
    { title: "method", value: ({ method }) => method },
    ...(verdicts.some(({ network }) => network !== undefined)
      ? [{ title: "network", value: ({ network }: VerdictRow) => network }]
      : []),
    { title: "against", value: ({ against }) => against },
    ...widths.map((width) => ({
      title: `${width} bits`,
      value: ({ outcomes }: VerdictRow) => outcomes.find(({ bits }) => bits === width)?.verdict,
    })),
  ];
  return { heading, text, tables: [tabulate(verdicts, columns), ...tables] };
}

const autoNote =
  "The rule of `auto` was chosen on the CIFAR-10 networks with the training subset of CIFAR-10: its verdicts on CIFAR-10 networks are not those of " +
  "unseen weights, although their images are unseen.";

const nothingAsked = "Not measured: none of the methods that the claims are about was asked for.";

function accuracySection(
  results: BenchResults,
  { title, table, verdict }: AccuracyClaim,
  contests: readonly Contest[],
): PageSection {
  const cells = cellsOf<AccuracyResult>(results, table);
  const { selection } = results.header;
  if (cells.length === 0) {
    return { heading: title, text: [`Not measured: the table ${table} has no cells.`], tables: [] };
  }
  const text: string[] = [];
  const verdicts: VerdictRow[] = [];
  const tables: TableData[] = [];
  for (const contest of contests) {
    const outcomes = compareAccuracies({ cells, selection }, contest);
    if (outcomes.every(({ comparisons }) => comparisons.length === 0)) {
      text.push(notMeasured(contest, table));
      continue;
    }
    const method = nameOf(contest);
    for (const [network, ofNetwork] of Map.groupBy(outcomes, ({ network }) => network)) {
      const row = (
        against: string,
        chosen: (all: AccuracyContest["comparisons"]) => AccuracyContest["comparisons"],
      ) => ({
        method,
        network,
        against,
        outcomes: ofNetwork.map(({ bits, comparisons }) => ({
          bits,
          verdict: verdict(chosen(comparisons), bits),
        })),
      });
      verdicts.push(row("all", (all) => all), row("rivals", rivalsOf));
    }
    const columns = columnsFor(contest, outcomes, contestColumns(verdict), contestRemarks);
    tables.push({ ...tabulate(outcomes, columns), isDetail: true });
  }
  return sectionOf({ heading: title, text, verdicts, tables });
}

function contestColumns(
  verdict: AccuracyClaim["verdict"],
): readonly Column<AccuracyContest>[] {
  const listed = (title: string, isListed: (comparison: AccuracyComparison) => boolean) => ({
    title,
    value: ({ comparisons }: AccuracyContest) =>
      comparisons.filter(isListed).map(describeComparison).join(", "),
  });
  const standing = (wanted: ReturnType<typeof standingOf>) => (comparison: AccuracyComparison) =>
    standingOf(comparison) === wanted;
  return [
    { title: "network", value: ({ network }) => network },
    { title: "bits", value: ({ bits }) => bits },
    { title: "top-1", unit: "%", value: ({ top1 }) => top1, format: percent(2) },
    { title: "against all", value: ({ comparisons, bits }) => verdict(comparisons, bits) },
    {
      title: "against rivals",
      value: ({ comparisons, bits }) => verdict(rivalsOf(comparisons), bits),
    },
    listed("better than", standing("better")),
    listed("worse than", standing("worse")),
    listed("undecided", standing("undecided")),
    {
      title: `within ±${equivalenceMargin} of`,
      value: ({ comparisons }) =>
        comparisons.filter(isAboutEqual).map(({ competitor }) => competitor).join(", "),
    },
  ];
}

/** Shown where it has something to say. */
const contestRemarks: readonly Column<AccuracyContest>[] = [
  { title: "without cells", value: ({ missing }) => missing.join(", ") },
];

function rivalsOf(comparisons: readonly AccuracyComparison[]): readonly AccuracyComparison[] {
  return comparisons.filter(({ competitor }) => isRival(competitor));
}

function describeComparison({ competitor, points, adjusted }: AccuracyComparison): string {
  return `${competitor} (${signed(2)(points)}, p ${formatPValue(adjusted)})`;
}

function notMeasured(contest: Contest, table: string): string {
  return `${
    nameOf(contest)
  }: not measured, as the table ${table} has no cells of it and another method.`;
}

function nameOf({ claimant, granularity }: Contest): string {
  return `${claimant}, per ${granularity}`;
}

/** A column that says whose rows these are, the columns, and those of the remarks that any row has. */
function columnsFor<Row>(
  contest: Contest,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  remarks: readonly Column<Row>[],
): readonly Column<Row>[] {
  const made = remarks.filter(({ value }) => rows.some((row) => value(row) !== ""));
  return [{ title: "method", value: () => nameOf(contest) }, ...columns, ...made];
}
