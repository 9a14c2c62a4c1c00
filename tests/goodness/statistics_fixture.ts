import type { DistributionData } from "../../lib/distributions/distribution.ts";
import { readFixture } from "../fixture.ts";
import { recipe, type RecipeKind } from "./recipe.ts";

interface StatisticsFixture {
  seed: number;
  rows: {
    kind: RecipeKind;
    size: number;
    name: string;
    law: DistributionData;
    andersonDarling: number | string;
    cramerVonMises: number;
  }[];
  scipyAnderson: { kind: RecipeKind; size: number; statistic: number };
}

const fixture = readFixture<StatisticsFixture>("goodness/statistics.json");

export const { scipyAnderson } = fixture;
export const scipySample = recipe(scipyAnderson.kind, scipyAnderson.size, fixture.seed);

/** The samples and laws of the fixture, with both statistics. */
export const statisticsRows = fixture.rows.map((row) => {
  const values = Float64Array.from(recipe(row.kind, row.size, fixture.seed));
  return {
    ...row,
    what: `${row.size} values with ${row.kind}, ${row.name}`,
    sample: row.kind === "heavy tail"
      ? values.map((x) => Math.min(Math.max(x - 3, -3.5), 20))
      : values,
  };
});
