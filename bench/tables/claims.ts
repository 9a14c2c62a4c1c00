import { claimsPage } from "./claims_page.ts";
import type { BenchTable } from "./table.ts";

/** Whether the claims hold that are made for the method: drawn from the cells of other tables alone. */
export const claimsTable: BenchTable = {
  name: "claims",
  title: "Claims: what the measurements say of each",
  uses: ["mse", "cifar10", "cifar100", "imagenet"],
  module: import.meta.url,
  plan: () => [],
  estimate: () => 0,
  run: () => {
    throw new Error("Cannot compute a cell of the table of claims as it has none");
  },
  page: (results) => claimsPage(claimsTable.title, results),
};
