import type { DataLocation } from "../datasets/find_data.ts";
import { findImages, howToGet } from "../datasets/find_images.ts";
import { type ImageFile, storeImages } from "./image_files.ts";
import {
  chooseSources,
  loadNetwork,
  loadOwnNetwork,
  type SceneNetwork,
  usualOf,
} from "./network_sources.ts";
import type { Selection } from "./options.ts";
import type { Scene } from "./scene.ts";
import type { BenchTable } from "./tables/table.ts";

/** A scene, and what is to be made of it. */
export interface PreparedScene {
  readonly scene: Scene;
  /** The tables to show. */
  readonly tables: readonly BenchTable[];
  /** The tables to measure: those to show, and those that they are drawn from. */
  readonly measured: readonly BenchTable[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/**
 * Decides which tables, networks and images a run is about, reads all of them, and leaves the images in a folder.
 *
 * @throws {Error} One line that names the file or the option: something was asked for by name and isn't there, or can't be read.
 */
export async function prepareScene(
  { selection, tables, location, imageFolder }: {
    readonly selection: Selection;
    readonly tables: readonly BenchTable[];
    readonly location: DataLocation;
    readonly imageFolder: string;
  },
): Promise<PreparedScene> {
  const wanted = chooseTables(selection, tables, location);
  const notes: string[] = [];
  const networks: SceneNetwork[] = [];
  const datasets = [...new Set(wanted.measured.flatMap((table) => datasetsOf(table, location)))];
  const sources = chooseSources(selection, datasets, location);
  const usual = selection.networks === undefined ? usualOf(sources) : sources;
  for (const source of sources) {
    networks.push((await loadNetwork(source, usual.includes(source))).network);
  }
  const { checkpoint, network: architecture } = selection;
  if (checkpoint !== undefined) {
    const own = { checkpoint, network: architecture };
    const { network, note } = await loadOwnNetwork(own, datasets, location);
    networks.push(network);
    if (note !== undefined) notes.push(note);
  }

  const hasNetwork = (dataset: string) =>
    networks.some(({ record, evaluable }) => evaluable && record.dataset === dataset);
  const isMeasurable = ({ dataset }: BenchTable) => dataset === undefined || hasNetwork(dataset);
  for (const { name, dataset } of selection.tables === undefined ? [] : wanted.shown) {
    if (dataset !== undefined && !hasNetwork(dataset)) {
      throw new RangeError(
        `Cannot measure table ${name} as none of the networks is for ${dataset}: they are ${
          networks.map(({ record }) => record.label).join(", ")
        }`,
      );
    }
  }
  const sets: ImageFile[] = [];
  for (const dataset of datasets.filter(hasNetwork)) {
    const { images, seed } = selection;
    // Of files the first images of each class are taken: a figure is to be found again.
    const options = dataset === "shapes" ? { images, seed } : { images };
    sets.push(await storeImages(await findImages(location, dataset, options), imageFolder));
  }
  return {
    scene: { selection, networks, sets },
    tables: wanted.shown.filter(isMeasurable),
    measured: wanted.measured.filter(isMeasurable),
    notes,
  };
}

/**
 * The tables that were asked for, or those for which there are images, the generated ones only where there are no others; and with them
 * the ones that they are drawn from.
 */
function chooseTables(
  { tables: names, allTables }: Selection,
  tables: readonly BenchTable[],
  location: DataLocation,
): { readonly shown: readonly BenchTable[]; readonly measured: readonly BenchTable[] } {
  const used = usedDatasets(location);
  const isThere = ({ dataset }: BenchTable) => dataset === undefined || used.includes(dataset);
  const shown = tables.filter((table) =>
    names === undefined
      ? isThere(table) && (allTables || !table.onRequest)
      : names.includes(table.name)
  );
  for (const { name, dataset } of shown) {
    if (dataset !== undefined && !location.datasets.includes(dataset)) {
      throw new RangeError(
        `Cannot measure table ${name} as there are no images of ${dataset}: ${howToGet(dataset)}`,
      );
    }
  }
  const sources = new Set(shown.flatMap(({ uses = [] }) => uses));
  return {
    shown,
    measured: tables.filter((table) =>
      shown.includes(table) || (sources.has(table.name) && isThere(table))
    ),
  };
}

/** The data sets that are measured on where none is asked for: the generated one only where there is no other. */
function usedDatasets({ datasets }: DataLocation): readonly string[] {
  const photographs = datasets.filter((name) => name !== "shapes");
  return photographs.length > 0 ? photographs : datasets;
}

/** The data sets whose images a table takes. */
function datasetsOf(
  { dataset, anyDataset }: BenchTable,
  location: DataLocation,
): readonly string[] {
  if (anyDataset) return usedDatasets(location);
  return dataset === undefined ? [] : [dataset];
}
