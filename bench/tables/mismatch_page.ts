import { fixed, significant } from "../../lib/report/format.ts";
import { type PageSection, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import type { Cell } from "../results.ts";
import { expectedCost, type PickedLaw, pickedLaws } from "./law_costs.ts";
import { meanOf, type NetworkError } from "./network_error.ts";

/** What the book of each law costs on weights for which D picks one of them. */
interface MismatchRow {
  readonly bits: number;
  /** The law of the weights. */
  readonly law: PickedLaw;
  /** Whose weights: a network's, or the law's own. */
  readonly source: string;
  readonly tensors?: number;
  /** Mean MSE / variance by the law of the book. */
  readonly costs: Readonly<Record<PickedLaw, number>>;
}

/** What a reader must know of the section. */
export const mismatchNote =
  "The wrong family: mean MSE / variance over the tensors for which D picks a law, with a Lloyd-Max book of either law for the whole tensor; " +
  "wrong / right: the other law's book over its own. The law itself: expected error, variances matched. Below 1 D picked the family that costs " +
  "more: D looks at the middle of the law, the error at its tail.";

const columns: readonly Column<MismatchRow>[] = [
  { title: "bits", value: ({ bits }) => bits },
  { title: "law of the weights", value: ({ law }) => law },
  { title: "weights", value: ({ source }) => source },
  { title: "tensors", value: ({ tensors }) => tensors },
  ...pickedLaws.map((law): Column<MismatchRow> => ({
    title: `${law} book`,
    value: ({ costs }) => costs[law],
    format: significant(4),
  })),
  { title: "wrong / right", value: wrongOverRight, format: fixed(3) },
];

/** The mismatch matrix at every width at which both books were measured, per tensor; undefined where there is none. */
export function mismatchSection(cells: readonly Cell<NetworkError>[]): PageSection | undefined {
  const measured = cells.filter(({ key: { setting } }) => setting!.granularity === "tensor");
  const widths = [...new Set(measured.map(({ key }) => key.setting!.bits))].toSorted((a, b) =>
    a - b
  );
  const rows = widths.flatMap((bits) => {
    const atWidth = measured.filter(({ key }) => key.setting!.bits === bits);
    return pickedLaws.flatMap((law) => {
      const ofNetworks = networkRows(atWidth, bits, law);
      return ofNetworks.length === 0 ? [] : [theoreticalRow(bits, law), ...ofNetworks];
    });
  });
  if (rows.length === 0) return undefined;
  return {
    heading: "The cost of the wrong family, one codebook per tensor",
    tables: [tabulate(rows, columns)],
  };
}

/** What is expected where the weights follow the law exactly. */
export function theoreticalRow(bits: number, law: PickedLaw): MismatchRow {
  const costs = costsBy((book) => expectedCost(book, law, bits));
  return { bits, law, source: "the law itself", costs };
}

/** One row for each network that has tensors of that law, and books of both. */
function networkRows(
  cells: readonly Cell<NetworkError>[],
  bits: number,
  law: PickedLaw,
): readonly MismatchRow[] {
  const networks = [...new Set(cells.map(({ key }) => key.network))];
  return networks.flatMap((network): readonly MismatchRow[] => {
    const layersBy = (book: PickedLaw) =>
      cells.find(({ key }) =>
        key.network === network && key.setting!.method === `lloyd-max-${book}`
      )?.result.layers.filter((layer) => layer.law === law) ?? [];
    const tensors = Math.min(...pickedLaws.map((book) => layersBy(book).length));
    if (tensors === 0) return [];
    const costs = costsBy((book) => meanOf(layersBy(book), ({ relativeMse }) => relativeMse));
    return [{ bits, law, source: network, tensors, costs }];
  });
}

function costsBy(cost: (book: PickedLaw) => number): Readonly<Record<PickedLaw, number>> {
  return { gaussian: cost("gaussian"), laplace: cost("laplace") };
}

function wrongOverRight({ law, costs }: MismatchRow): number {
  const wrong = law === "gaussian" ? "laplace" : "gaussian";
  return costs[wrong] / costs[law];
}
