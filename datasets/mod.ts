/**
 * Images to measure accuracy on: CIFAR-10, CIFAR-100, folders of JPEG and PNG files as in ImageNet, and generated shapes.
 *
 * @module
 */
export { balancedSubset, type BalancedSubsetOptions, selectImages } from "./balanced_subset.ts";
export {
  caveatsOfFile,
  caveatsOfWeights,
  type DatasetArchive,
  datasetCatalog,
  type DatasetEntry,
  type DatasetFile,
  type FileArchive,
  findDatasetEntry,
  type FolderArchive,
  type RemoteFile,
  weightsCatalog,
  type WeightsEntry,
} from "./catalog.ts";
export { loadCifar10, loadCifar100 } from "./cifar.ts";
export type { ClassIndex } from "./class_index.ts";
export { cifar100Classes, cifar10Classes, namesOfIndex } from "./class_names.ts";
export {
  downloadDataset,
  type DownloadOptions,
  type DownloadReport,
  downloadWeights,
} from "./download.ts";
export {
  embeddedCheckpoint,
  type EmbeddedName,
  embeddedNames,
  shapesTestSeed,
} from "./embedded.ts";
export {
  type Example,
  type ExampleName,
  type ExampleNetwork,
  type ExampleOptions,
  openExample,
} from "./example.ts";
export {
  cacheFolder,
  type DataLocation,
  type Environment,
  findData,
  findDataset,
  findPath,
} from "./find_data.ts";
export { findImages, type FindImagesOptions } from "./find_images.ts";
export { findWeights, type FoundWeights } from "./find_weights.ts";
export type { FetchOptions } from "./fetch_file.ts";
export {
  type ImageFolderOptions,
  type ImageSourceOptions,
  loadImageFolder,
  streamImageFolder,
} from "./image_folder.ts";
export { type ImageSet, type ImageSource, sourceOf } from "./image_set.ts";
export { readImages, type ReadImagesOptions } from "./read_images.ts";
export type { Interpolation } from "./resize_and_crop.ts";
export { generateShapes, shapeClasses, type ShapesOptions } from "./shapes.ts";
