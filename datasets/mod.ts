/**
 * Images to measure accuracy on: CIFAR-10, CIFAR-100, folders of JPEG files as in ImageNet, and generated shapes.
 *
 * @module
 */
export { balancedSubset, selectImages } from "./balanced_subset.ts";
export {
  caveatsOfFile,
  caveatsOfWeights,
  type DatasetArchive,
  datasetCatalog,
  type DatasetEntry,
  type DatasetFile,
  findDatasetEntry,
  weightsCatalog,
  type WeightsEntry,
} from "./catalog.ts";
export { loadCifar10, loadCifar100 } from "./cifar.ts";
export { downloadDataset, type DownloadOptions, type DownloadReport } from "./download.ts";
export {
  embeddedCheckpoint,
  type EmbeddedName,
  embeddedNames,
  shapesTestSeed,
} from "./embedded.ts";
export {
  cacheFolder,
  type DataLocation,
  type Environment,
  findData,
  findDataset,
  findPath,
} from "./find_data.ts";
export { type ImageFolderOptions, loadImageFolder } from "./image_folder.ts";
export type { ImageSet } from "./image_set.ts";
export { generateShapes, shapeClasses, type ShapesOptions } from "./shapes.ts";
