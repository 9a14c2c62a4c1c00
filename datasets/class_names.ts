import type { ClassIndex } from "./class_index.ts";

/** The ten classes of CIFAR-10, in the order of their labels (`batches.meta.txt` of the binary version). */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** The hundred fine classes of CIFAR-100, in the order of their labels (`fine_label_names.txt`), which is alphabetical. */
export const cifar100Classes: readonly string[] = [
  "apple",
  "aquarium fish",
  "baby",
  "bear",
  "beaver",
  "bed",
  "bee",
  "beetle",
  "bicycle",
  "bottle",
  "bowl",
  "boy",
  "bridge",
  "bus",
  "butterfly",
  "camel",
  "can",
  "castle",
  "caterpillar",
  "cattle",
  "chair",
  "chimpanzee",
  "clock",
  "cloud",
  "cockroach",
  "couch",
  "crab",
  "crocodile",
  "cup",
  "dinosaur",
  "dolphin",
  "elephant",
  "flatfish",
  "forest",
  "fox",
  "girl",
  "hamster",
  "house",
  "kangaroo",
  "keyboard",
  "lamp",
  "lawn mower",
  "leopard",
  "lion",
  "lizard",
  "lobster",
  "man",
  "maple tree",
  "motorcycle",
  "mountain",
  "mouse",
  "mushroom",
  "oak tree",
  "orange",
  "orchid",
  "otter",
  "palm tree",
  "pear",
  "pickup truck",
  "pine tree",
  "plain",
  "plate",
  "poppy",
  "porcupine",
  "possum",
  "rabbit",
  "raccoon",
  "ray",
  "road",
  "rocket",
  "rose",
  "sea",
  "seal",
  "shark",
  "shrew",
  "skunk",
  "skyscraper",
  "snail",
  "snake",
  "spider",
  "squirrel",
  "streetcar",
  "sunflower",
  "sweet pepper",
  "table",
  "tank",
  "telephone",
  "television",
  "tiger",
  "tractor",
  "train",
  "trout",
  "tulip",
  "turtle",
  "wardrobe",
  "whale",
  "willow tree",
  "wolf",
  "woman",
  "worm",
];

/**
 * What the classes of a class index are called, in the order of their labels: their names, else the names of their folders (in
 * ImageNet the WordNet ids), else "class 17".
 *
 * @example A part of the classes
 * ```ts
 * import { namesOfIndex } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = new Map([["n01440764", 0]]);
 * assertEquals(namesOfIndex({ classes: 2, labels }), ["n01440764", "class 1"]);
 * ```
 */
export function namesOfIndex({ classes, labels, names }: ClassIndex): readonly string[] {
  const folders = new Map([...labels].map(([folder, label]) => [label, folder]));
  return Array.from(
    { length: classes },
    (_, label) => names?.[label]?.replaceAll("_", " ") ?? folders.get(label) ?? `class ${label}`,
  );
}
