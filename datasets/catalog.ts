/** A file of a data set, by its place in the data folder. */
export interface DatasetFile {
  /** Path inside the data folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An archive on the server of those who made the data set. */
export interface DatasetArchive {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Which members to unpack, and which file of the data set each becomes. */
  readonly members: readonly { readonly name: string; readonly file: DatasetFile }[];
}

/** What is known of one data set. */
export interface DatasetEntry {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  /** The test images' place in the data folder: a file, or a folder of folders; undefined for generated images. */
  readonly path?: string;
  readonly archive?: DatasetArchive;
  readonly homepage?: string;
  readonly licence: string;
  readonly citation?: string;
}

/** The mean and standard deviation of each channel (R, G, B), for pixels scaled to [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly standardDeviation: readonly [number, number, number];
}

/** What is known of one file of weights. */
export interface WeightsEntry {
  /** Short and unique; the name in tables. */
  readonly name: string;
  /** The data set that it was trained on. */
  readonly dataset: string;
  /** Place in the data folder: a file, or a folder. */
  readonly path: string;
  readonly architecture: string;
  readonly normalization: ChannelStatistics;
  /** Float32 top-1 on all test images there, measured with PyTorch (ImageNet: with TensorFlow.js). */
  readonly top1: number;
  readonly source: string;
  readonly licence: string;
  readonly caveats: readonly string[];
}

const imagenetNormalization: ChannelStatistics = {
  mean: [0.485, 0.456, 0.406],
  standardDeviation: [0.229, 0.224, 0.225],
};
const cifar10Normalization: ChannelStatistics = {
  mean: [0.4914, 0.4822, 0.4465],
  standardDeviation: [0.2023, 0.1994, 0.201],
};
const cifar100Normalization: ChannelStatistics = {
  mean: [0.507, 0.487, 0.441],
  standardDeviation: [0.267, 0.256, 0.276],
};
const cifarLicence = "none stated by its authors, who ask for the citation";
const cifarCitation = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009";
const cifarHomepage = "https://www.cs.toronto.edu/~kriz/cifar.html";

/** The data sets that Bitbell works with, and where each comes from. */
export const datasetCatalog: readonly DatasetEntry[] = [
  {
    name: "cifar-10",
    title: "CIFAR-10: 10,000 test and 50,000 training images of 32x32 pixels, 10 classes",
    classes: 10,
    path: "cifar-10/test_batch.bin",
    archive: {
      url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      members: [
        ["test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"],
        ["data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"],
        ["data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"],
        ["data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"],
        ["data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"],
        ["data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"],
      ].map(([file, sha256]) => ({
        name: `cifar-10-batches-bin/${file}`,
        file: { path: `cifar-10/${file}`, bytes: 30_730_000, sha256: sha256! },
      })),
    },
    homepage: cifarHomepage,
    licence: cifarLicence,
    citation: cifarCitation,
  },
  {
    name: "cifar-100",
    title: "CIFAR-100: 10,000 test and 50,000 training images of 32x32 pixels, 100 classes",
    classes: 100,
    path: "cifar-100/test.bin",
    archive: {
      url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
      bytes: 168_513_733,
      sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
      members: [
        {
          name: "cifar-100-binary/test.bin",
          file: {
            path: "cifar-100/test.bin",
            bytes: 30_740_000,
            sha256: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
          },
        },
        {
          name: "cifar-100-binary/train.bin",
          file: {
            path: "cifar-100/train.bin",
            bytes: 153_700_000,
            sha256: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
          },
        },
      ],
    },
    homepage: cifarHomepage,
    licence: cifarLicence,
    citation: cifarCitation,
  },
  {
    name: "imagenet",
    title: "ImageNet-1k images as <wnid>/*.JPEG, 1000 classes: bring your own",
    classes: 1000,
    path: "imagenet",
    homepage: "https://www.image-net.org/download.php",
    licence: "non-commercial research and education only, by the terms of image-net.org",
    citation:
      "O. Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 115, 2015",
  },
  {
    name: "shapes",
    title: "Shapes: generated 32x32 colour images, 10 classes; nothing to download",
    classes: 10,
    licence: "MIT, as this project",
  },
];

/** Weights that the tables are measured with where the data folder holds them; the tensors tell the architecture, not the file. */
export const weightsCatalog: readonly WeightsEntry[] = [
  akamaster("resnet20", "resnet20-12fca82f.th", 91.73),
  akamaster("resnet32", "resnet32-d509ac18.th", 92.63),
  akamaster("resnet56", "resnet56-4bfd9763.th", 93.39),
  distiller("resnet8-variant", "cifar-10", "resnet8_cifar10.pth", 89.58),
  distiller("resnet20-variant", "cifar-10", "resnet20_cifar10.pth", 93.01),
  distiller("wrn10-1", "cifar-10", "WRN10_1_cifar10.pth", 88.08),
  distiller("resnet8-variant", "cifar-100", "resnet8_cifar100.pth", 64.11),
  distiller("resnet14-variant", "cifar-100", "resnet14_cifar100.pth", 68.3),
  distiller("resnet20-variant", "cifar-100", "resnet20_cifar100.pth", 69.69),
  distiller("resnet32-variant", "cifar-100", "resnet32_cifar100.pth", 71.69),
  own("cifar-10", "resnet20-cifar10.safetensors", 89.57),
  own("cifar-100", "resnet20-cifar100.safetensors", 63.37),
  {
    name: "mobilenet-v1-0.25",
    dataset: "imagenet",
    path: "weights/imagenet/mobilenet_v1_0.25_224",
    architecture: "MobileNet v1 of width 0.25",
    normalization: { mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5] },
    top1: 59.2,
    source: "https://github.com/giangndonaclover/ILearnMachineLearning.js",
    licence: "not stated for the weights",
    caveats: [],
  },
  {
    name: "squeezenet-1.1",
    dataset: "imagenet",
    path: "weights/imagenet/squeezenet1.1_nchw",
    architecture: "SqueezeNet 1.1",
    normalization: imagenetNormalization,
    top1: 63.3,
    source: "https://github.com/webmachinelearning/test-data",
    licence: "Apache-2.0",
    caveats: [],
  },
];

const trainingImages = "training images: not a figure for unseen images";

const caveatsBySha256: ReadonlyMap<string, readonly string[]> = new Map([
  ...datasetCatalog.flatMap(({ archive }) => archive?.members ?? []).map(({ file }) =>
    [file.sha256, file.path.includes("/test") ? [] : [trainingImages]] as const
  ),
  ["12b72019dddc66aa680d9654ddcc864aa808e6540641e0887054d04d415d6427", [
    "23 of the 10,000 test images are decoded JPEG copies, the rest the official bytes",
  ]],
  ["3f24e97cb36dbbf34d3d2d19af0438d7e5ae2de55368aa9f5088c9ec0c018e32", [trainingImages]],
  ["c58a3f9e2950592947b1dae59686f1d80354835bfcbea88eb914d634b802fdb7", [
    "the official test images in an order of their own (every 100 hold each class once)",
  ]],
  ["ecd49a1a47f01d78651113d6bd6f5f4b9224bfe4ed8564ff5378a945c440bf53", [trainingImages]],
]);

/**
 * What a reader of figures must know of a file of images, which is recognised by its sha256: copies, order, training images.
 *
 * An official test file has no caveat; a file that isn't known has one that says so.
 *
 * @example The official test images of CIFAR-10
 * ```ts
 * import { caveatsOfFile, findDatasetEntry } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const file = findDatasetEntry("cifar-10").archive!.members[0]!.file;
 * assertEquals(caveatsOfFile(file.sha256), []);
 * ```
 */
export function caveatsOfFile(sha256: string): readonly string[] {
  return caveatsBySha256.get(sha256) ??
    [`not a file that the catalog knows (sha256 ${sha256.slice(0, 12)}...)`];
}

/**
 * The catalog's entry of that name.
 *
 * @throws {RangeError} If there is none; the message names what there is.
 *
 * @example Where CIFAR-10 comes from
 * ```ts
 * import { findDatasetEntry } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(findDatasetEntry("cifar-10").homepage, "https://www.cs.toronto.edu/~kriz/cifar.html");
 * ```
 */
export function findDatasetEntry(name: string): DatasetEntry {
  const entry = datasetCatalog.find((entry) => entry.name === name);
  if (entry === undefined) {
    const names = datasetCatalog.map((entry) => entry.name).join(", ");
    throw new RangeError(`Cannot find the data set "${name}": there are ${names}`);
  }
  return entry;
}

/** What akamaster/pytorch_resnet_cifar10 publishes. */
function akamaster(name: string, file: string, top1: number): WeightsEntry {
  return {
    name,
    dataset: "cifar-10",
    path: `weights/cifar10/${file}`,
    architecture: "textbook CIFAR ResNet, zero-padding shortcut",
    normalization: imagenetNormalization,
    top1,
    source: "https://github.com/akamaster/pytorch_resnet_cifar10",
    licence: "BSD-2-Clause style",
    caveats: [],
  };
}

/** What karanchahal/distiller publishes: networks of a shape of their own (see datasets/README.md). */
function distiller(
  name: string,
  dataset: "cifar-10" | "cifar-100",
  file: string,
  top1: number,
): WeightsEntry {
  const wide = file.startsWith("WRN");
  return {
    name,
    dataset,
    path: `weights/${dataset.replace("-", "")}/${file}`,
    architecture: wide
      ? "pre-activation wide ResNet"
      : "CIFAR ResNet with convolution shortcuts, 64 channels in conv1, ReLU after a stage only",
    normalization: dataset === "cifar-10" ? cifar10Normalization : cifar100Normalization,
    top1,
    source: "https://github.com/karanchahal/distiller",
    licence: "none stated",
    caveats: wide ? [] : ["not the textbook ResNet of that depth"],
  };
}

/** Trained for this project; the same files lie in datasets/embedded. */
function own(dataset: "cifar-10" | "cifar-100", file: string, top1: number): WeightsEntry {
  return {
    name: "resnet20-own",
    dataset,
    path: `weights/own/${file}`,
    architecture: "textbook CIFAR ResNet, zero-padding shortcut",
    normalization: imagenetNormalization,
    top1,
    source: "this project",
    licence: "MIT, as this project",
    caveats: ["a plain training run of 20 epochs, below what long ones reach"],
  };
}
