import { msePage } from "./mse_page.ts";
import { type NetworkError, networkError } from "./network_error.ts";
import { settingsOf } from "./settings.ts";
import type { BenchTable } from "./table.ts";

/** What each method costs in squared error. */
export const mseTable: BenchTable = {
  name: "mse",
  title: "MSE: what each method costs in squared error",
  module: import.meta.url,
  plan: ({ networks, selection }) =>
    networks.flatMap(({ record }) =>
      settingsOf(selection).map((setting) => ({ table: "mse", network: record.label, setting }))
    ),
  estimate: ({ network, setting }, speed) => speed.quantize(network, setting!),

  async run({ network, setting }, context): Promise<NetworkError> {
    const { layers } = await context.quantize(network, setting!);
    return networkError(await context.checkpoint(network), layers);
  },

  page: (results) => msePage(mseTable.title, results),
};
