import { type EmbeddedName, embeddedSha256 } from "./embedded.ts";

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

/** What is known of one file of weights. */
export interface WeightsEntry {
  /** Short and unique; the name in tables. */
  readonly name: string;
  /** The data set that it was trained on. */
  readonly dataset: string;
  /** Place in the data folder: a file, or a folder. */
  readonly path: string;
  /** Of the file; of a folder: of the lines "sha256  path" for all of its files, sorted by path. */
  readonly sha256: string;
  readonly architecture: string;
  /** Float32 top-1 on all test images there, measured with PyTorch (ImageNet: with TensorFlow.js). */
  readonly top1: number;
  readonly source: string;
  readonly licence: string;
  readonly caveats: readonly string[];
}

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
  akamaster({
    name: "resnet20",
    file: "resnet20-12fca82f.th",
    sha256: "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
    top1: 91.73,
  }),
  akamaster({
    name: "resnet32",
    file: "resnet32-d509ac18.th",
    sha256: "d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850",
    top1: 92.63,
  }),
  akamaster({
    name: "resnet56",
    file: "resnet56-4bfd9763.th",
    sha256: "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
    top1: 93.39,
  }),
  distiller({
    name: "resnet8-variant",
    dataset: "cifar-10",
    file: "resnet8_cifar10.pth",
    sha256: "64348137297d0c4a40775e1339182cc98af806fda0f6914e98a329e36869d76c",
    top1: 89.58,
  }),
  distiller({
    name: "resnet20-variant",
    dataset: "cifar-10",
    file: "resnet20_cifar10.pth",
    sha256: "0e3f459cc118db6022105b5f067681f79bcf3ce41584905d729498e4584954ee",
    top1: 93.01,
  }),
  distiller({
    name: "wrn10-1",
    dataset: "cifar-10",
    file: "WRN10_1_cifar10.pth",
    sha256: "b83c433b88959852f737d9249a3580bfe35f2f6099edf1d4876e6b02947123fc",
    top1: 88.08,
  }),
  distiller({
    name: "resnet8-variant",
    dataset: "cifar-100",
    file: "resnet8_cifar100.pth",
    sha256: "b5c0c391b3b205ce417c6ee56e3757c0849ce4e6eb68ea6ffa7ade25c7f4d1c0",
    top1: 64.11,
  }),
  distiller({
    name: "resnet14-variant",
    dataset: "cifar-100",
    file: "resnet14_cifar100.pth",
    sha256: "58180f4bc663ec141843ce052a0e1e45e6633cf28c590d06593b1afa454972de",
    top1: 68.3,
  }),
  distiller({
    name: "resnet20-variant",
    dataset: "cifar-100",
    file: "resnet20_cifar100.pth",
    sha256: "9dd75a40f65691d4dbb4c5be9e467ddf710a4d6f176bfc9a7e1eb434c2364717",
    top1: 69.69,
  }),
  distiller({
    name: "resnet32-variant",
    dataset: "cifar-100",
    file: "resnet32_cifar100.pth",
    sha256: "f79eb92271ad6fe2869f998f6ea2f200331ca9f030da23636c34c95535af5315",
    top1: 71.69,
  }),
  own({ dataset: "cifar-10", embedded: "resnet20-cifar10", top1: 89.57 }),
  own({ dataset: "cifar-100", embedded: "resnet20-cifar100", top1: 63.37 }),
  {
    name: "mobilenet-v1-0.25",
    dataset: "imagenet",
    path: "weights/imagenet/mobilenet_v1_0.25_224",
    sha256: "ee3181a1808faa82a3df10739aa0e7c5a1d2e9ea8f286b20c96b383e2e3c02e7",
    architecture: "MobileNet v1 of width 0.25",
    top1: 59.2,
    source: "https://github.com/giangndonaclover/ILearnMachineLearning.js",
    licence: "not stated for the weights",
    caveats: [],
  },
  {
    name: "squeezenet-1.1",
    dataset: "imagenet",
    path: "weights/imagenet/squeezenet1.1_nchw",
    sha256: "ec85059f8727dfb9c9e160b9340bfbb0e1ec7a93ee3b45b68d8df34eab01bc5b",
    architecture: "SqueezeNet 1.1",
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
 * What a reader of figures must know of weights that lie where a catalogued file lies, by the sha256 of what is there: one caveat
 * where it is another than the catalog's, as formats without checksums don't tell that a weight was changed.
 *
 * @example The catalogued file, and another in its place
 * ```ts
 * import { caveatsOfWeights, weightsCatalog } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const { sha256 } = weightsCatalog[0]!;
 * assertEquals(caveatsOfWeights({ known: sha256, found: sha256 }), []);
 * assertEquals(caveatsOfWeights({ known: sha256, found: "ab".repeat(32) }), [
 *   "not the file that the catalog knows (sha256 abababababab...): its weights may be damaged",
 * ]);
 * ```
 */
export function caveatsOfWeights(
  { known, found }: { readonly known: string; readonly found: string },
): readonly string[] {
  return found === known ? [] : [
    `not the file that the catalog knows (sha256 ${
      found.slice(0, 12)
    }...): its weights may be damaged`,
  ];
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
function akamaster(
  { file, ...known }: Pick<WeightsEntry, "name" | "sha256" | "top1"> & { readonly file: string },
): WeightsEntry {
  return {
    ...known,
    dataset: "cifar-10",
    path: `weights/cifar10/${file}`,
    architecture: "textbook CIFAR ResNet, zero-padding shortcut",
    source: "https://github.com/akamaster/pytorch_resnet_cifar10",
    licence: "BSD-2-Clause style",
    caveats: [],
  };
}

/** What karanchahal/distiller publishes: networks of a shape of their own (see datasets/README.md). */
function distiller(
  { file, ...known }: Pick<WeightsEntry, "name" | "dataset" | "sha256" | "top1"> & {
    readonly file: string;
  },
): WeightsEntry {
  const wide = file.startsWith("WRN");
  return {
    ...known,
    path: `weights/${known.dataset.replace("-", "")}/${file}`,
    architecture: wide
      ? "pre-activation wide ResNet"
      : "CIFAR ResNet with convolution shortcuts, 64 channels in conv1, ReLU after a stage only",
    source: "https://github.com/karanchahal/distiller",
    licence: "none stated",
    caveats: wide ? [] : ["not the textbook ResNet of that depth"],
  };
}

/** Trained for this project; the same files lie in datasets/embedded. */
function own(
  { embedded, ...known }: Pick<WeightsEntry, "dataset" | "top1"> & {
    readonly embedded: EmbeddedName;
  },
): WeightsEntry {
  return {
    ...known,
    name: "resnet20-own",
    path: `weights/own/${embedded}.safetensors`,
    sha256: embeddedSha256[embedded],
    architecture: "textbook CIFAR ResNet, zero-padding shortcut",
    source: "this project",
    licence: "MIT, as this project",
    caveats: ["a plain training run of 20 epochs, below what long ones reach"],
  };
}
