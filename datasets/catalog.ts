import type { ClassIndex } from "./class_index.ts";
import { type EmbeddedName, embeddedSha256 } from "./embedded.ts";

/** A file on the server of those who publish it. */
export interface RemoteFile {
  readonly url: string;
  /** Undefined where no source could be had that tells it: then what comes is held against the server's announcement only. */
  readonly bytes?: number;
  readonly sha256: string;
}

/** A file of a data set, by its place in the data folder. */
export interface DatasetFile {
  /** Path inside the data folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An archive (.tar.gz) of which some members are wanted, each known by its checksum. */
export interface FileArchive extends RemoteFile {
  readonly bytes: number;
  /** Which members to unpack, and which file of the data set each becomes. */
  readonly members: readonly { readonly name: string; readonly file: DatasetFile }[];
}

/** An archive (.tar.gz) of one folder with images in folders of folders, which is wanted as a whole. */
export interface FolderArchive extends RemoteFile {
  readonly bytes: number;
  /** The folder's name in the archive and in the data folder. */
  readonly folder: string;
  /** How many images there are below each folder in it. */
  readonly images: Readonly<Record<string, number>>;
}

/** An archive on the server of those who made the data set. */
export type DatasetArchive = FileArchive | FolderArchive;

/** What is known of one data set. */
export interface DatasetEntry {
  readonly name: string;
  readonly title: string;
  /** Labels are in `[0, classes)`. */
  readonly classes: number;
  /** The test images' place in the data folder: a file, or a folder of folders; undefined for generated images. */
  readonly path?: string;
  /** The labels of the folders of `path`, where they are known without a file that tells them. */
  readonly classIndex?: ClassIndex;
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
  /**
   * Float32 top-1 in percent on all test images of this project's data folder, measured with PyTorch (ImageNet: with TensorFlow.js);
   * undefined where it has not been measured.
   */
  readonly top1?: number;
  /** What those say who publish the weights; on which images and how prepared, `setting` tells. */
  readonly published?: { readonly top1: number; readonly setting: string };
  /** Undefined where no address could be had that gives this very file. */
  readonly download?: RemoteFile;
  readonly source: string;
  readonly licence: string;
  readonly caveats: readonly string[];
}

const cifarLicence = "none stated by its authors, who ask for the citation";
const cifarCitation = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009";
const cifarHomepage = "https://www.cs.toronto.edu/~kriz/cifar.html";
const imagenetLicence = "non-commercial research and education only, by the terms of image-net.org";
const imagenetCitation =
  "O. Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 115, 2015";

/** Imagenette's ten classes by the labels that ImageNet's 1,000 have in the order of their WordNet ids. */
const imagenetteIndex: ClassIndex = {
  classes: 1000,
  labels: new Map([
    ["n01440764", 0], // tench
    ["n02102040", 217], // English springer
    ["n02979186", 482], // cassette player
    ["n03000684", 491], // chain saw
    ["n03028079", 497], // church
    ["n03394916", 566], // French horn
    ["n03417042", 569], // garbage truck
    ["n03425413", 571], // gas pump
    ["n03445777", 574], // golf ball
    ["n03888257", 701], // parachute
  ]),
};

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
    title: "ImageNet-1k images as <wnid>/*.JPEG or *.png, any of the 1000 classes: bring your own",
    classes: 1000,
    path: "imagenet",
    homepage: "https://www.image-net.org/download.php",
    licence: imagenetLicence,
    citation: imagenetCitation,
  },
  // Lengths: fastai's checks.txt. Checksums: FastAI.jl's list of data sets; torchvision.datasets.Imagenette has the md5 of the same files.
  imagenette({
    suffix: "-160",
    images: "shorter side 160",
    bytes: 99_003_388,
    sha256: "64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5",
  }),
  imagenette({
    suffix: "-320",
    images: "shorter side 320",
    bytes: 341_663_724,
    sha256: "569b4497c98db6dd29f335d1f109cf315fe127053cedf69010d047f0188e158c",
  }),
  imagenette({
    suffix: "",
    images: "full size",
    bytes: 1_557_161_267,
    sha256: "6cbfac238434d89fe99e651496f0812ebc7a10fa62bd42d6874042bf01de4efd",
  }),
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
    bytes: 1_099_231,
    sha256: "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
    top1: 91.73,
  }),
  akamaster({
    name: "resnet32",
    file: "resnet32-d509ac18.th",
    bytes: 1_890_043,
    sha256: "d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850",
    top1: 92.63,
  }),
  akamaster({
    name: "resnet56",
    file: "resnet56-4bfd9763.th",
    bytes: 3_471_733,
    sha256: "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
    top1: 93.39,
  }),
  distiller({
    name: "resnet8-variant",
    dataset: "cifar-10",
    file: "resnet8_cifar10.pth",
    sha256: "64348137297d0c4a40775e1339182cc98af806fda0f6914e98a329e36869d76c",
    top1: 89.58,
    published: 89.59,
  }),
  distiller({
    name: "resnet20-variant",
    dataset: "cifar-10",
    file: "resnet20_cifar10.pth",
    sha256: "0e3f459cc118db6022105b5f067681f79bcf3ce41584905d729498e4584954ee",
    top1: 93.01,
    published: 93.02,
  }),
  distiller({
    name: "wrn10-1",
    dataset: "cifar-10",
    file: "WRN10_1_cifar10.pth",
    sha256: "b83c433b88959852f737d9249a3580bfe35f2f6099edf1d4876e6b02947123fc",
    top1: 88.08,
    published: 88.06,
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
  torchvision({
    name: "resnet18",
    file: "resnet18-f37072fd.pth",
    bytes: 46_830_571,
    sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    architecture: "ResNet-18",
    top1: 69.758,
  }),
  torchvision({
    name: "mobilenet-v2",
    file: "mobilenet_v2-b0353104.pth",
    sha256: "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    architecture: "MobileNetV2 of width 1",
    top1: 71.878,
  }),
];

const trainingImages = "training images: not a figure for unseen images";

const caveatsBySha256: ReadonlyMap<string, readonly string[]> = new Map([
  ...datasetCatalog.flatMap(({ archive }) => membersOf(archive)).map(({ file }) =>
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
 * import { caveatsOfFile } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const sha256 = "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b";
 * assertEquals(caveatsOfFile(sha256), []);
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

/** The files that become files of the data set; none of an archive that is kept as a whole. */
export function membersOf(archive: DatasetArchive | undefined): FileArchive["members"] {
  return archive !== undefined && "members" in archive ? archive.members : [];
}

/** What fast.ai publishes. */
function imagenette(
  { suffix, images, ...file }: {
    readonly suffix: string;
    readonly images: string;
    readonly bytes: number;
    readonly sha256: string;
  },
): DatasetEntry {
  const folder = `imagenette2${suffix}`;
  return {
    name: `imagenette${suffix}`,
    title:
      `Imagenette (${images}): 3,925 validation and 9,469 training images of 10 of ImageNet's 1000 classes`,
    classes: imagenetteIndex.classes,
    path: `${folder}/val`,
    classIndex: imagenetteIndex,
    archive: {
      url: `https://s3.amazonaws.com/fast-ai-imageclas/${folder}.tgz`,
      ...file,
      folder,
      images: { val: 3925, train: 9469 },
    },
    homepage: "https://github.com/fastai/imagenette",
    licence: `of the repository Apache-2.0; its images are ImageNet's: ${imagenetLicence}`,
    citation: `J. Howard, Imagenette, 2019; ${imagenetCitation}`,
  };
}

/** What akamaster/pytorch_resnet_cifar10 publishes. */
function akamaster(
  { file, bytes, top1, ...known }: Pick<WeightsEntry, "name" | "sha256"> & {
    readonly file: string;
    readonly bytes: number;
    /** Measured and published alike. */
    readonly top1: number;
  },
): WeightsEntry {
  const repository = "akamaster/pytorch_resnet_cifar10";
  const commit = "d5489e8995e81e91ce6b1d69dcc98ad579b0b153";
  return {
    ...known,
    dataset: "cifar-10",
    path: `weights/cifar10/${file}`,
    top1,
    published: { top1, setting: "CIFAR-10's test images" },
    download: {
      url: `https://raw.githubusercontent.com/${repository}/${commit}/pretrained_models/${file}`,
      bytes,
      sha256: known.sha256,
    },
    architecture: "textbook CIFAR ResNet, zero-padding shortcut",
    source: `https://github.com/${repository}`,
    licence: "BSD-2-Clause style",
    caveats: [],
  };
}

/** What karanchahal/distiller publishes: networks of a shape of their own (see datasets/README.md). */
function distiller(
  { file, published, ...known }: Pick<WeightsEntry, "name" | "dataset" | "sha256" | "top1"> & {
    readonly file: string;
    readonly published?: number;
  },
): WeightsEntry {
  const wide = file.startsWith("WRN");
  return {
    ...known,
    ...(published !== undefined && {
      published: { top1: published, setting: "CIFAR-10's test images" },
    }),
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

/** What torchvision publishes, its first weights of each (IMAGENET1K_V1); the names of the files carry the beginning of the sha256. */
function torchvision(
  { file, bytes, top1, ...known }: Pick<WeightsEntry, "name" | "sha256" | "architecture"> & {
    readonly file: string;
    readonly bytes?: number;
    readonly top1: number;
  },
): WeightsEntry {
  return {
    ...known,
    dataset: "imagenet",
    path: `weights/imagenet/${file}`,
    published: {
      top1,
      setting: "ImageNet's 50,000 validation images, shorter side 256 (bilinear), centre crop 224",
    },
    download: { url: `https://download.pytorch.org/models/${file}`, bytes, sha256: known.sha256 },
    source: "https://github.com/pytorch/vision",
    licence: "BSD-3-Clause, as torchvision",
    caveats: [],
  };
}
