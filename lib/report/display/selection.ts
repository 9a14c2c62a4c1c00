import type { Selection } from "../../goodness/select_distribution.ts";
import { significant } from "../format.ts";
import { tabulate } from "../page.ts";
import { hasFields } from "./fields.ts";
import { parametersText } from "./laws.ts";
import type { View } from "./view.ts";

/** What the value of a criterion is called. */
const criterionTitles: Readonly<
  Record<string, { readonly title: string; readonly unit?: string }>
> = {
  ks: { title: "KS distance D" },
  logLikelihood: { title: "negative log-likelihood", unit: "nats" },
  aic: { title: "AIC" },
  bic: { title: "BIC" },
  "anderson-darling": { title: "Anderson-Darling A²" },
  "cramer-von-mises": { title: "Cramér-von Mises W²" },
};

export function isSelection(value: unknown): value is Selection {
  return hasFields(value, "criterion", "chosen", "ranking", "refused");
}

/** Which law was chosen, by how much, and who else was there. */
export function selectionView(selection: Selection): View {
  const { criterion, chosen, ranking, refused, margin } = selection;
  const { title, unit } = criterionTitles[criterion] ?? { title: "criterion" };
  const rows = ranking.map((law, i) => ({ ...law, rank: i + 1 }));
  const ahead = margin === undefined ? "" : `, ahead by ${significant(3)(margin)}`;
  return {
    title: `Chosen by ${title}: ${chosen.family}${ahead}`,
    tables: [tabulate(rows, [
      { title: "rank", value: ({ rank }) => rank },
      { title: "family", value: ({ family }) => family },
      { title: "parameters", value: parametersText },
      {
        title,
        ...(unit !== undefined && { unit }),
        value: ({ criterionValue }) => criterionValue,
        format: significant(4),
      },
      {
        title: "behind the best",
        ...(unit !== undefined && { unit }),
        value: ({ criterionValue, rank }) =>
          rank === 1 ? undefined : criterionValue - chosen.criterionValue,
        format: significant(3),
      },
    ])],
    notes: refused.map(({ family, reason }) => `Not ranked: ${family}. ${reason}`),
  };
}
