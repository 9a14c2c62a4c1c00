import type { KsTest } from "../../goodness/ks_test.ts";
import type { KsTest2 } from "../../goodness/ks_test_2.ts";
import type { KsTestFitted } from "../../goodness/ks_test_fitted.ts";
import { count, significant } from "../format.ts";
import type { Column } from "../table.ts";
import { hasFields } from "./fields.ts";
import { counted, pValueFormat } from "./numbers.ts";
import { tableOf } from "./table_of.ts";
import type { View } from "./view.ts";

type AnyKsTest = KsTest | KsTestFitted | KsTest2;

export function isKsTest(value: unknown): value is AnyKsTest {
  return hasFields(value, "statistic", "pValue", "method", "location") &&
    (hasFields(value, "null") || hasFields(value, "sizes"));
}

/** The statistic, its p-value, and which null hypothesis that is for. */
export function ksTestView(test: AnyKsTest): View {
  return {
    title: "Kolmogorov-Smirnov test",
    tables: [tableOf([test], columns)],
    notes: [hypothesisOf(test), ...sidesOf(test)],
  };
}

const columns: readonly Column<AnyKsTest>[] = [
  { title: "D", value: ({ statistic }) => statistic, format: significant(4) },
  { title: "attained at", value: ({ location }) => location, format: significant(4) },
  {
    title: "values",
    value: (test) => "sizes" in test ? test.sizes.map(count).join(" and ") : count(test.size),
    align: "right",
  },
  { title: "p-value", value: ({ pValue }) => pValue, format: pValueFormat(3) },
  {
    title: "error of the p-value",
    value: errorOfPValue,
    format: significant(2),
    align: "right",
  },
  { title: "null law", value: nullLawText },
];

/** The error of a p-value that is too small for a number of double precision is so, too; that of a bootstrap's 1 is 0. */
function errorOfPValue(test: AnyKsTest): number | string | undefined {
  if (!("pValueError" in test)) return undefined;
  return test.pValue === 0 ? "<1e-300" : test.pValueError;
}

/** Where the law of D under the null hypothesis comes from. */
function nullLawText(test: AnyKsTest): string {
  if (!("simulation" in test) || test.simulation === undefined) return test.method;
  const { replicates, seed } = test.simulation;
  return `${test.method} of ${counted(replicates, "sample")}, seed ${seed}`;
}

function hypothesisOf(test: AnyKsTest): string {
  if ("sizes" in test) return "Null hypothesis: both samples come from one continuous law.";
  if (test.null === "fitted") {
    return `Null hypothesis: the sample comes from the ${test.law.family} family; the p-value accounts for the fit to the same sample.`;
  }
  return "Null hypothesis: the sample comes from a law that was fully specified before; for a law fitted to the same sample this p-value is too large.";
}

function sidesOf(test: AnyKsTest): readonly string[] {
  if (!("alternative" in test) || test.alternative === "two-sided") return [];
  return [
    `One-sided: D is the largest distance by which the sample's distribution function lies ${test.alternative}.`,
  ];
}
