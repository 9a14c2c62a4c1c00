import type { Distribution, DistributionData } from "../../distributions/distribution.ts";
import type { FittedDistribution } from "../../distributions/fit.ts";
import { count, fixed, significant } from "../format.ts";
import type { TableData } from "../page.ts";
import type { Column } from "../table.ts";
import { hasFields, isArrayOf } from "./fields.ts";
import { counted } from "./numbers.ts";
import { tableOf } from "./table_of.ts";
import type { View } from "./view.ts";

/** A law, live or as data, with or without its fit. JSON writes null for a moment that is infinite or doesn't exist. */
type Law =
  & DistributionData
  & Partial<Record<keyof Pick<Distribution, "mean" | "variance">, number | null>>
  & { readonly fit?: FittedDistribution["fit"] };

export function isLaw(value: unknown): value is Law {
  return hasFields(value, "family", "parameters");
}

export function isLaws(value: unknown): value is readonly Law[] {
  return isArrayOf(value, isLaw);
}

/** A law: its parameters with their standard errors, and what follows from them. */
export function lawView(law: Law): View {
  const { family, fit } = law;
  const origin = fit === undefined
    ? ""
    : `, fitted to ${counted(fit.size, "value")} by ${fit.estimator}`;
  const tables = [parametersTable(law), tableOf([law], figureColumns)];
  return {
    title: `${family} law${origin}`,
    tables: tables.filter(({ columns }) => columns.length > 0),
    notes: iterationNotes([law]),
  };
}

/** Laws side by side: a row for each. */
export function lawsView(laws: readonly Law[]): View {
  const sizes = new Set(laws.map(({ fit }) => fit?.size));
  const size = sizes.size === 1 ? laws[0]!.fit?.size : undefined;
  const origin = size === undefined ? "" : `, fitted to ${counted(size, "value")}`;
  // Criteria of fits to different samples are not comparable. Samples of one size, such as layers of one shape, are told apart by a family that
  // comes twice.
  const isComparable = size !== undefined &&
    new Set(laws.map(({ family }) => family)).size === laws.length;
  const least = isComparable ? Math.min(...laws.map(({ fit }) => fit!.aic)) : undefined;
  const columns: readonly Column<Law>[] = [
    { title: "family", value: ({ family }) => family },
    { title: "parameters", value: parametersText },
    ...(sizes.size === 1
      ? []
      : [{ title: "values", value: ({ fit }: Law) => fit?.size, format: count }]),
    ...figureColumns,
    {
      title: "ΔAIC",
      value: ({ fit }) => least === undefined ? undefined : fit!.aic - least,
      format: fixed(1),
    },
  ];
  return {
    title: `${counted(laws.length, "law")}${origin}`,
    tables: [tableOf(laws, columns)],
    notes: iterationNotes(laws),
  };
}

/** The parameters of a law in one line: "location = 0.00123, scale = 0.0345". */
export function parametersText({ parameters, components = [] }: DistributionData): string {
  const own = Object.entries(parameters).map(([name, value]) =>
    `${wordsOf(name)} = ${significant(4)(value)}`
  );
  const parts = components.map((part) => `${part.family} (${parametersText(part)})`);
  return [...own, ...parts].join(", ");
}

function parametersTable(law: Law): TableData {
  const errors = law.fit?.standardErrors ?? {};
  const rows = parametersOf(law).map(([name, value]) => ({ name, value, error: errors[name] }));
  return tableOf(rows, [
    { title: "parameter", value: ({ name }) => wordsOf(name) },
    { title: "value", value: ({ value }) => value, format: significant(5) },
    { title: "standard error", value: ({ error }) => error ?? undefined, format: significant(3) },
  ]);
}

/** Names and values of all parameters; those of a component with its family before, and its place where there are several. */
function parametersOf(
  { parameters, components = [] }: DistributionData,
  prefix = "",
): readonly (readonly [name: string, value: number])[] {
  const place = (i: number) => components.length === 1 ? "" : ` ${i + 1}`;
  return [
    ...Object.entries(parameters).map(([name, value]) => [`${prefix}${name}`, value] as const),
    ...components.flatMap((part, i) => parametersOf(part, `${prefix}${part.family}${place(i)}: `)),
  ];
}

const figureColumns: readonly Column<Law>[] = [
  { title: "mean", value: ({ mean }) => mean ?? undefined, format: significant(4) },
  {
    title: "standard deviation",
    value: ({ variance }) =>
      variance === undefined || variance === null ? undefined : Math.sqrt(variance),
    format: significant(4),
  },
  {
    title: "log-likelihood",
    unit: "nats",
    value: ({ fit }) => fit?.logLikelihood,
    format: fixed(1),
  },
  { title: "AIC", value: ({ fit }) => fit?.aic, format: fixed(1) },
  { title: "BIC", value: ({ fit }) => fit?.bic, format: fixed(1) },
];

function iterationNotes(laws: readonly Law[]): readonly string[] {
  return laws.flatMap(({ family, fit }) => {
    const iteration = fit?.iteration;
    if (iteration === undefined || iteration.converged) return [];
    return [
      `The fit of ${family} did not converge: its score is ${
        significant(2)(iteration.score)
      } after ${counted(iteration.iterations, "iteration")}.`,
    ];
  });
}

/** "standardDeviation" and "weight1" as words. */
function wordsOf(name: string): string {
  return name
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll(/(?<=[a-z])(?=\d)/g, " ");
}
