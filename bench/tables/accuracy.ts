import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { percent, signed } from "../../lib/report/format.ts";
import { type Column, markdownTable } from "../../lib/report/table.ts";
import { type Cell, cellsOf, variantName } from "../results.ts";
import { type Accuracy, evaluateOnce } from "./evaluate_once.ts";
import { batchNormNote, caveatsOf, describeImages, drawPage, notesOnMethods } from "./page.ts";
import { byNetwork, methodsOf, settingsOf } from "./settings.ts";
import type { BenchTable } from "./table.ts";

/** Makes the table of what quantization costs on the images of one data set. */
export function accuracyTable(
  { name, title, dataset }: Pick<BenchTable, "name" | "title"> & { readonly dataset: string },
): BenchTable {
  return {
    name,
    title,
    dataset,
    plan: ({ networks, selection }) =>
      networks.filter((network) => network.evaluable && network.record.dataset === dataset)
        .flatMap(({ record }) =>
          [undefined, ...settingsOf(selection)].map((setting) => ({
            table: name,
            network: record.label,
            ...(setting === undefined ? {} : { setting }),
          }))
        ),
    estimate: ({ network, setting }, speed) =>
      speed.evaluate(network) + (setting === undefined ? 0 : speed.quantize(network, setting)),

    async run({ network, setting }, scene, onProgress): Promise<Accuracy> {
      const { checkpoint } = scene.network(network);
      const measured = setting === undefined
        ? checkpoint
        : (await quantizeCheckpoint(checkpoint, setting)).checkpoint;
      return await evaluateOnce(await scene.evaluator(dataset), measured, onProgress);
    },

    draw(results) {
      const cells = cellsOf<Accuracy>(results, name);
      const groups = [...byNetwork(cells)];
      const set = results.header.sets.find((set) => set.name === dataset)!;
      const networks = groups.map(([label]) =>
        results.header.networks.find((network) => network.label === label)!
      );
      const granularities = new Set(cells.flatMap(({ key }) => key.setting?.granularity ?? []));
      const sections = groups.map(([label, rows]) => ({
        heading: granularities.size === 1
          ? `${label}, one codebook per ${[...granularities][0]}`
          : label,
        table: markdownTable(rows, { columns: columnsOf(rows, granularities.size > 1) }),
      }));
      return drawPage(title, sections, [
        `${describeImages(set)}. 95 % interval: Wilson's, of top-1.`,
        "Change: top-1 minus that of the float32 weights on the same images.",
        ...notesOnMethods(methodsOf(cells)),
        batchNormNote,
        ...networks.flatMap(({ label, normalization }) =>
          normalization === undefined ? [] : [`${label}: pixels normalised by ${normalization}.`]
        ),
        ...caveatsOf(results, networks, dataset),
      ]);
    },
  };
}

function columnsOf(
  cells: readonly Cell<Accuracy>[],
  severalGranularities: boolean,
): readonly Column<Cell<Accuracy>>[] {
  const float = cells.find(({ key }) => key.setting === undefined)?.result;
  const change = ({ key, result }: Cell<Accuracy>) =>
    key.setting === undefined || float === undefined ? undefined : 100 * (result.top1 - float.top1);
  return [
    ...(severalGranularities
      ? [{ title: "per", value: ({ key }: Cell) => key.setting?.granularity }]
      : []),
    { title: "bits", value: ({ key }) => key.setting?.bits ?? 32 },
    {
      title: "method",
      value: ({ key: { setting } }) => setting ? variantName(setting) : "float32",
    },
    { title: "top-1", unit: "%", value: ({ result }) => result.top1, format: percent(1) },
    { title: "95 % interval", value: ({ result }) => interval(result), align: "right" },
    { title: "change", unit: "points", value: change, format: signed(1) },
    { title: "top-5", unit: "%", value: ({ result }) => result.top5, format: percent(1) },
  ];
}

function interval({ interval95 }: Accuracy): string {
  return interval95.map(percent(1)).join(" to ");
}
