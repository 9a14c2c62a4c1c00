import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { cifar100Classes, cifar10Classes, namesOfIndex } from "../../datasets/class_names.ts";
import { type ExampleName, type ExampleOptions, openExample } from "../../datasets/example.ts";
import type { ImageSet } from "../../datasets/image_set.ts";
import { shapeClasses } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { dataTest } from "../needs_data.ts";

const jpeg = new URL("../fixtures/jpeg/colour.jpg", import.meta.url);
const names = ["cifar-10", "cifar-100", "imagenet"] as const;
const nowhere = new Map([["BITBELL_CACHE", "/none"]]);

/** Lays out a data folder of these files, opens the example in it, and removes the folder afterwards. */
async function openIn(
  files: Readonly<Record<string, Uint8Array | string | URL>>,
  name: ExampleName,
  options: Partial<ExampleOptions> = {},
  variable = "BITBELL_DATA",
) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      if (content instanceof URL) await Deno.copyFile(content, `${folder}/${path}`);
      else if (typeof content === "string") await Deno.writeTextFile(`${folder}/${path}`, content);
      else await Deno.writeFile(`${folder}/${path}`, content);
    }
    const environment = new Map([[variable, folder], ["HOME", folder]]);
    return { folder, ...await openExample(name, { images: 10, seed: 1, environment, ...options }) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The first pixel of each image: enough to tell sets apart, and few enough for a message. */
const firstPixels = ({ pixels }: ImageSet) => [...pixels.filter((_, i) => i % 3072 === 0)];

/** A file of CIFAR: images of one grey each, whose label and place can be told from it. */
function cifar(classes: 10 | 100, perClass: number): Uint8Array<ArrayBuffer> {
  const labelBytes = classes === 10 ? 1 : 2, record = labelBytes + 3072;
  const bytes = new Uint8Array(classes * perClass * record);
  for (let i = 0; i < classes * perClass; i++) {
    const label = i % classes, first = i * record;
    bytes[first + labelBytes - 1] = label;
    bytes.fill(Math.floor(i / classes), first + labelBytes, first + record);
  }
  return bytes;
}

Deno.test("openExample() gives a stand-in that says so where there is no data", async () => {
  for (const name of names) {
    const example = await openExample(name, { images: 30, seed: 1, environment: nowhere });
    assertEquals([example.name, example.title, example.standIn], [name, "Shapes", true]);
    assertEquals(example.networks.map(({ name }) => name), ["shapes-resnet8", "shapes-mlp"]);
    assertEquals([example.images.name, example.images.size], ["shapes", 30]);
    assertEquals(example.calibration?.size, 256);
    assertEquals(example.classNames, shapeClasses);
    assertStringIncludes(example.note, "as there is no data folder. `deno task data ");
  }
});

Deno.test("openExample() says how to get what the stand-in takes the place of", async () => {
  const options = { images: 10, seed: 1, environment: nowhere };
  const { note } = await openExample("cifar-100", options);
  assertStringIncludes(note, "Stand-in for CIFAR-100: 10 generated images of ten shapes (seed 1)");
  assertStringIncludes(
    note,
    "the networks shapes-resnet8, shapes-mlp, trained on other such images",
  );
  assertStringIncludes(note, "`deno task data cifar-100` downloads the images");
  assertStringIncludes(note, "let BITBELL_DATA name a folder that holds `cifar-100/test.bin`.");
  const imagenet = await openExample("imagenet", options);
  assertStringIncludes(imagenet.note, "`deno task data imagenette-160` downloads a part");
  assertStringIncludes(imagenet.note, "images of your own go into `imagenet/<wnid>/`");
});

Deno.test("openExample() calibrates the stand-in with none of its test images", async () => {
  const options = { images: 40, calibration: 40, environment: nowhere };
  const first = await openExample("cifar-10", { ...options, seed: 1 });
  const second = await openExample("cifar-10", { ...options, seed: 2 });
  assertNotEquals(firstPixels(first.images), firstPixels(second.images));
  assertEquals(firstPixels(first.calibration!), firstPixels(second.calibration!));
  for (const seed of [1000, 1009, 2 ** 32 + 1000, 0.5]) {
    await assertRejects(
      () => openExample("cifar-10", { ...options, seed }),
      RangeError,
      `Cannot open an example as seed must be an integer outside 1000 to 1009, those of the stand-in's training images: current value is ${seed}`,
    );
  }
});

Deno.test("openExample() takes CIFAR's test images, balanced, and others for calibration", async () => {
  const files = {
    "cifar-10/test_batch.bin": cifar(10, 3),
    "cifar-10/data_batch_1.bin": cifar(10, 5),
    "weights/cifar10/resnet32-d509ac18.th": "",
    "weights/cifar10/resnet20-12fca82f.th": "",
  };
  const example = await openIn(files, "cifar-10", { images: 20, calibration: 50 });
  assertEquals([example.title, example.standIn], ["CIFAR-10", false]);
  assertEquals(example.classNames, cifar10Classes);
  assertEquals(example.networks.map(({ name }) => name), ["resnet20", "resnet20-own", "resnet32"]);
  assertEquals(example.networks[0].path, `${example.folder}/weights/cifar10/resnet20-12fca82f.th`);
  assertEquals([example.images.name, example.images.size], ["cifar-10", 20]);
  for (const label of cifar10Classes.keys()) {
    assertEquals(example.images.labels.filter((other) => other === label).length, 2);
  }
  assertEquals(example.calibration!.size, 50);
  assertEquals(example.calibration!.pixels.at(-1), 4);
  assertStringIncludes(
    example.note,
    `CIFAR-10 in \`${example.folder}\` (BITBELL_DATA): 20 images to test on, balanced over the classes (seed 1), and 50 training images for calibration. Networks: resnet20, resnet20-own, resnet32. Of the images: test_batch.bin: not a file that the catalog knows`,
  );
});

Deno.test("openExample() draws other images with another seed, and the same with the same", async () => {
  const files = { "cifar-100/test.bin": cifar(100, 8) };
  const [first, again, other] = await Promise.all(
    [1, 1, 2].map((seed) => openIn(files, "cifar-100", { images: 100, seed }, "BITBELL_CACHE")),
  );
  assertEquals(firstPixels(first!.images), firstPixels(again!.images));
  assertNotEquals(firstPixels(first!.images), firstPixels(other!.images));
  assertEquals(first!.classNames, cifar100Classes);
  assertStringIncludes(first!.note, `CIFAR-100 in the cache \`${first!.folder}\`: 100 images`);
});

Deno.test("openExample() brings a network along for CIFAR's images without weights, and says where the published is", async () => {
  const example = await openIn({ "cifar-10/test_batch.bin": cifar(10, 1) }, "cifar-10");
  assertEquals(example.networks.map(({ name }) => name), ["resnet20-own"]);
  assertEquals(example.standIn, false);
  assertEquals(example.calibration, undefined);
  assertStringIncludes(example.note, "and no training images for calibration");
  assertStringIncludes(example.note, "The published ResNet-20 comes by `deno task data resnet20`.");
  const { classes } = describeNetwork(await loadCheckpoint(example.networks[0].path));
  assertEquals(classes, example.classNames.length);
});

Deno.test("openExample() takes the stand-in for weights without images, and names the folder", async () => {
  const example = await openIn({ "weights/cifar10/resnet20-12fca82f.th": "" }, "cifar-10");
  assertEquals(example.standIn, true);
  assertStringIncludes(example.note, `as \`${example.folder}\` holds no images of CIFAR-10. `);
  assertStringIncludes(example.note, `\`deno task data --folder ${example.folder} cifar-10\``);
});

const photographs = { "n01/a.jpg": jpeg, "n02/b.jpg": jpeg, "n02/c.jpg": jpeg };
const inFolder = (folder: string) =>
  Object.fromEntries(Object.entries(photographs).map(([path, url]) => [`${folder}/${path}`, url]));
const squeezenet = { "weights/imagenet/squeezenet1.1_nchw/a.npy": "" };

Deno.test("openExample() takes a folder of photographs, with the names of its class index", async () => {
  const index = '{ "0": ["n02", "great_white_shark"], "1": ["n01", "crane"], "2": ["n03"] }';
  const files = {
    ...inFolder("imagenet"),
    ...squeezenet,
    "imagenet/imagenet_class_index.json": index,
  };
  const example = await openIn(files, "imagenet", { images: 2 });
  assertEquals(example.classNames, ["great white shark", "crane", "n03"]);
  assertEquals([...example.images.labels].sort(), [0, 1]);
  assertEquals([example.images.height, example.images.size], [224, 2]);
  assertEquals(example.networks.map(({ name }) => name), ["squeezenet-1.1"]);
  assertEquals(example.calibration, undefined);

  const unnamed = await openIn({ ...inFolder("imagenet"), ...squeezenet }, "imagenet", {
    images: 2,
  });
  assertEquals(unnamed.classNames, ["n01", "n02"]);
});

Deno.test("openExample() takes Imagenette where ImageNet is not there, and says so", async () => {
  const files = {
    "imagenette2-160/val/n01440764/a.jpg": jpeg,
    "imagenette2-160/val/n02102040/a.jpg": jpeg,
    ...squeezenet,
  };
  const { images, classNames, note } = await openIn(files, "imagenet", { images: 2 });
  assertEquals([...images.labels], [0, 217]);
  assertEquals([classNames.length, classNames[217], classNames[1]], [1000, "n02102040", "class 1"]);
  assertStringIncludes(note, "a part of ImageNet, all 1,000 classes being possible answers; ");
  assertStringIncludes(note, "probably training images");
});

Deno.test("openExample() takes the stand-in for photographs without weights, and says so", async () => {
  const { standIn, note, folder } = await openIn(inFolder("imagenet"), "imagenet");
  assert(standIn);
  assertStringIncludes(
    note,
    `as \`${folder}/imagenet\` holds images of ImageNet, but \`${folder}/weights\` no weights for them. `,
  );
});

Deno.test("openExample() refuses a folder that doesn't exist, and options out of their domain", async () => {
  const environment = new Map([["BITBELL_DATA", "/none"]]);
  await assertRejects(
    () => openExample("cifar-10", { images: 10, seed: 1, environment }),
    Deno.errors.NotFound,
    "there is no folder /none; unset it to use the cache or what is embedded",
  );
  await assertRejects(
    () => openExample("mnist" as ExampleName, { images: 10, seed: 1, environment: nowhere }),
    RangeError,
    'Cannot open the example "mnist": there are cifar-10, cifar-100, imagenet',
  );
  for (const [option, value] of [["images", 0], ["images", 1.5], ["calibration", -1]] as const) {
    await assertRejects(
      () => openExample("cifar-10", { images: 1, seed: 1, environment: nowhere, [option]: value }),
      RangeError,
      `Cannot open an example as ${option} must be an integer of at least ${
        option === "images" ? 1 : 0
      }: current value is ${value}`,
    );
  }
});

Deno.test("openExample() names the file that has too few images", async () => {
  await assertRejects(
    () => openIn({ "cifar-10/test_batch.bin": cifar(10, 2) }, "cifar-10", { images: 30 }),
    RangeError,
    "cifar-10/test_batch.bin: Cannot choose 30 balanced images of 20: class 0 lacks 1",
  );
});

Deno.test("namesOfIndex() takes names, else folders, else numbers", () => {
  const labels = new Map([["n01", 0], ["n02", 1]]);
  assertEquals(namesOfIndex({ classes: 3, labels, names: ["sea_lion"] }), [
    "sea lion",
    "n02",
    "class 2",
  ]);
});

/** What the fine classes of some coarse ones are, as the paper's table lists them (Krizhevsky 2009). */
const superclasses = new Map([
  [0, "beaver, dolphin, otter, seal, whale"],
  [5, "clock, keyboard, lamp, telephone, television"],
  [14, "baby, boy, girl, man, woman"],
  [17, "maple tree, oak tree, palm tree, pine tree, willow tree"],
  [19, "lawn mower, rocket, streetcar, tank, tractor"],
]);

dataTest("cifar100Classes are the names of the labels, by their superclasses", async (folder) => {
  const bytes = await Deno.readFile(`${folder}/cifar-100/test.bin`);
  for (const [coarse, expected] of superclasses) {
    const fine = new Set<number>();
    for (let first = 0; first < bytes.length; first += 3074) {
      if (bytes[first] === coarse) fine.add(bytes[first + 1]!);
    }
    const found = [...fine].map((label) => cifar100Classes[label]!).sort();
    assertEquals(found.join(", "), expected);
  }
});

dataTest("openExample() gives networks of as many classes as it has names", async (folder) => {
  const environment = new Map([["BITBELL_DATA", folder]]);
  for (const name of names) {
    const example = await openExample(name, { images: 10, seed: 1, environment });
    assertEquals(example.standIn, false);
    for (const { path } of example.networks.slice(0, 2)) {
      const { classes, input } = describeNetwork(await loadCheckpoint(path));
      assertEquals([classes, input.height], [example.classNames.length, example.images.height]);
    }
  }
});
