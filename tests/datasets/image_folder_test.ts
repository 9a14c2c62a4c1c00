import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { findDatasetEntry } from "../../datasets/catalog.ts";
import { loadImageFolder, streamImageFolder } from "../../datasets/image_folder.ts";
import { dataTest } from "../needs_data.ts";

const fixtures = new URL("../fixtures/jpeg/", import.meta.url);
const pngFixtures = new URL("../fixtures/preprocessing/", import.meta.url);

interface Expected {
  readonly cases: readonly {
    readonly file: string;
    readonly shorterSide: number;
    readonly crop: number;
    readonly pixels: readonly number[];
  }[];
}

/** Lays out a folder of images, each a copy of a fixture (or text, for other names), and removes it afterwards. */
async function withFolder(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      const inFolder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      await Deno.mkdir(`${folder}/${inFolder}`, { recursive: true });
      if (/\.jpg$/.test(content)) {
        await Deno.copyFile(new URL(content, fixtures), `${folder}/${path}`);
      } else if (/\.png$/.test(content)) {
        await Deno.copyFile(new URL(content, pngFixtures), `${folder}/${path}`);
      } else await Deno.writeTextFile(`${folder}/${path}`, content);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const small = { shorterSide: 45, crop: 21 };

Deno.test("loadImageFolder() agrees with Pillow's decoding, bicubic resizing and torchvision's crop", async () => {
  const text = await Deno.readTextFile(new URL("expected.json", fixtures));
  for (const { file, shorterSide, crop, pixels } of (JSON.parse(text) as Expected).cases) {
    await withFolder({ "a/image.jpg": file }, async (folder) => {
      const set = await loadImageFolder(folder, { shorterSide, crop });
      assertEquals([set.size, set.height, set.width], [1, crop, crop]);
      const differences = pixels.map((value, i) => Math.abs(value - set.pixels[i]!));
      const mean = differences.reduce((sum, value) => sum + value) / pixels.length;
      const what = `${file} ${shorterSide} ${crop}: mean ${mean}, most ${Math.max(...differences)}`;
      // Not resized: bit for bit (CMYK to a unit). Resized: Pillow rounds once more, and clips between its passes.
      const resized = shorterSide !== 45, cmyk = file === "cmyk.jpg";
      assertLess(mean, resized ? 0.35 : cmyk ? 0.1 : 1e-9, what);
      assertLess(Math.max(...differences), resized ? 6 : cmyk ? 2 : 1, what);
    });
  }
});

Deno.test("loadImageFolder() labels by the sorted names of the folders", async () => {
  await withFolder(
    {
      "n02/b.JPEG": "colour.jpg",
      "n01/z.jpg": "grey.jpg",
      "n02/a.jpeg": "cmyk.jpg",
      "n02/x.txt": "",
    },
    async (folder) => {
      const set = await loadImageFolder(folder, { ...small, name: "mine" });
      assertEquals([set.name, set.size, set.classes], ["mine", 3, 2]);
      assertEquals([...set.labels], [0, 1, 1]);
      assertStringIncludes(set.caveats.join(), "labels are the order of the 2 folders' names");
    },
  );
});

const index = JSON.stringify({ "0": ["n01", "tench"], "1": ["n02", "ray"], "2": ["n03", "cock"] });

Deno.test("loadImageFolder() takes JPEG and PNG for what they are, whatever their names say", async () => {
  await withFolder(
    { "a/1.JPEG": "grey.png", "a/2.png": "grey.jpg", "a/3.PNG": "grey.png" },
    async (folder) => {
      const set = await loadImageFolder(folder, { shorterSide: 40, crop: 40 });
      const bytes = 40 * 40 * 3;
      const [first, second, third] = [0, 1, 2].map((i) =>
        set.pixels.subarray(i * bytes, (i + 1) * bytes)
      );
      assertEquals(first, third);
      assert(first!.some((byte, i) => byte !== second![i]));
    },
  );
});

Deno.test("loadImageFolder() names the file that is not a whole PNG image", async () => {
  const png = await Deno.readFile(new URL("grey.png", pngFixtures));
  const damaged = png.slice();
  damaged[300]! ^= 1;
  for (
    const bytes of [png.slice(0, 600), damaged, new Uint8Array(), new TextEncoder().encode("text")]
  ) {
    await withFolder({ "a/1.png": "grey.png", "a/2.png": "" }, async (folder) => {
      await Deno.writeFile(`${folder}/a/2.png`, bytes);
      await assertRejects(
        () => loadImageFolder(folder, small),
        SyntaxError,
        `Cannot read ${folder}/a/2.png as a PNG image: it is damaged or no PNG file`,
      );
      // The decoder is none the worse for it.
      assertEquals((await loadImageFolder(folder, { ...small, images: 1 })).size, 1);
    });
  }
});

Deno.test("loadImageFolder() chooses random images of each class by a seed", async () => {
  const files = Object.fromEntries(
    ["a", "b"].flatMap((folder) =>
      Array.from({ length: 8 }, (_, i) => [`${folder}/${i}.png`, "grey.png"])
    ),
  );
  await withFolder(files, async (folder) => {
    // Each image has a brightness of its own, so that pixels tell which were chosen.
    for (const [i, path] of Object.keys(files).entries()) {
      await Deno.writeFile(`${folder}/${path}`, await pngOf(i));
    }
    const options = { shorterSide: 8, crop: 1, images: 6 };
    const chosen = async (seed?: number) =>
      [...(await loadImageFolder(folder, { ...options, seed })).pixels].filter((_, i) =>
        i % 3 === 0
      );
    assertEquals(await chosen(), [0, 1, 2, 8, 9, 10]);
    const random = await chosen(3);
    assertEquals(random, await chosen(3));
    assertEquals(random.filter((value) => value < 8).length, 3);
    assertEquals(random, random.toSorted((a, b) => a - b));
    assertNotEquals(random, await chosen());
    assertNotEquals(random, await chosen(4));
  });
});

/** A grey image of 8 x 8 pixels. */
async function pngOf(brightness: number): Promise<Uint8Array> {
  const { default: encode } = await import("@jsquash/png/encode.js");
  const data = new Uint8ClampedArray(8 * 8 * 4).fill(brightness);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return new Uint8Array(await encode({ width: 8, height: 8, data } as unknown as ImageData));
}

Deno.test("loadImageFolder() labels Imagenette's folders, or a part of them, by ImageNet's classes", async () => {
  const { classIndex } = findDatasetEntry("imagenette-160");
  await withFolder(
    {
      "n03888257/a.JPEG": "grey.jpg",
      "n02102040/a.png": "grey.png",
      "n01440764/a.jpg": "grey.jpg",
    },
    async (folder) => {
      const set = await loadImageFolder(folder, { ...small, classIndex });
      assertEquals([set.classes, [...set.labels]], [1000, [0, 217, 701]]);
      assert(!set.caveats.join().includes("order of the"), set.caveats.join());
      await Deno.mkdir(`${folder}/n09999999`);
      await assertRejects(
        () => loadImageFolder(folder, { ...small, classIndex }),
        RangeError,
        `Cannot load images of ${folder}/n09999999: the class index has no class n09999999`,
      );
    },
  );
});

Deno.test("loadImageFolder() prefers the class index that it is given, and checks its labels", async () => {
  await withFolder(
    { "imagenet_class_index.json": index, "n03/a.JPEG": "grey.jpg", "n02/a.JPEG": "grey.jpg" },
    async (folder) => {
      const labels = new Map([["n02", 4], ["n03", 0]]);
      const set = await loadImageFolder(folder, { ...small, classIndex: { classes: 5, labels } });
      assertEquals([set.classes, [...set.labels]], [5, [4, 0]]);
      for (const label of [5, -1, 0.5, NaN]) {
        const classIndex = { classes: 5, labels: new Map([...labels, ["n03", label]]) };
        await assertRejects(
          () => loadImageFolder(folder, { ...small, classIndex }),
          RangeError,
          `as its label must be an integer in [0, 4]: current value is ${label}`,
        );
      }
    },
  );
});

Deno.test("streamImageFolder() reads what loadImageFolder() loads, in any batches and order", async () => {
  await withFolder(
    {
      "a/1.jpg": "grey.jpg",
      "a/2.png": "photographic_wide.png",
      "b/1.jpg": "colour.jpg",
      "b/2.png": "edges_tall.png",
      "b/3.jpg": "cmyk.jpg",
    },
    async (folder) => {
      const options = { ...small, name: "mine", interpolation: "bilinear", images: 4 } as const;
      const set = await loadImageFolder(folder, options);
      const { read, ...source } = await streamImageFolder(folder, options);
      const { pixels, ...rest } = set;
      assertEquals({ ...source }, rest);
      const bytes = 21 * 21 * 3;
      for (const [from, to] of [[2, 4], [0, 1], [1, 4], [0, 4], [3, 3]] as const) {
        assertEquals(await read(from, to), pixels.slice(from * bytes, to * bytes));
      }
      for (const [from, to] of [[-1, 2], [0, 5], [3, 2], [0.5, 1]] as const) {
        await assertRejects(
          () => read(from, to),
          RangeError,
          `as they must be a range of 0 to 4: current value is ${from} to ${to}`,
        );
      }
    },
  );
});

Deno.test("streamImageFolder() decodes nothing before it is read, and counts libjpeg's warnings of what was", async () => {
  await withFolder(
    { "a/1.jpg": "grey.jpg", "a/2.jpg": "grey.jpg", "a/3.jpg": "truncated.jpg" },
    async (folder) => {
      const bytes = await Deno.readFile(`${folder}/a/2.jpg`);
      await Deno.writeFile(
        `${folder}/a/2.jpg`,
        Uint8Array.from([...bytes.subarray(0, -2), 1, 2, 3, ...bytes.subarray(-2)]),
      );
      const source = await streamImageFolder(folder, small);
      await source.read(0, 1);
      assert(!source.caveats.join().includes("libjpeg"), source.caveats.join());
      await source.read(0, 2);
      await source.read(1, 2);
      assertStringIncludes(
        source.caveats.join(),
        "libjpeg warns of 1 of 3 images, first of a/2.jpg",
      );
      await assertRejects(() => source.read(2, 3), SyntaxError, `Cannot read ${folder}/a/3.jpg`);
    },
  );
});

Deno.test("streamImageFolder() stops when it is aborted", async () => {
  await withFolder({ "a/1.jpg": "grey.jpg" }, async (folder) => {
    const controller = new AbortController();
    const { read } = await streamImageFolder(folder, { ...small, signal: controller.signal });
    await read(0, 1);
    controller.abort(new Error("enough"));
    await assertRejects(() => read(0, 1), Error, "enough");
  });
});

Deno.test("loadImageFolder() counts the images that are none of ImageNet's validation images", async () => {
  await withFolder(
    { "a/ILSVRC2012_val_00000001.JPEG": "grey.jpg", "a/n01_2.JPEG": "grey.jpg" },
    async (folder) => {
      const { caveats } = await loadImageFolder(folder, small);
      assertStringIncludes(caveats.join(), "1 of 2 are probably training images");
    },
  );
});

Deno.test("loadImageFolder() labels by the class index, also when only a part of the classes is there", async () => {
  await withFolder(
    { "imagenet_class_index.json": index, "n03/a.JPEG": "grey.jpg", "n02/a.JPEG": "grey.jpg" },
    async (folder) => {
      const set = await loadImageFolder(folder, small);
      assertEquals([set.classes, [...set.labels]], [3, [1, 2]]);
      assertEquals((await loadImageFolder(folder, { ...small, images: 1 })).size, 1);
    },
  );
});

Deno.test("loadImageFolder() decodes only a balanced choice and reports each image", async () => {
  await withFolder(
    {
      "a/1.jpg": "grey.jpg",
      "a/2.jpg": "truncated.jpg",
      "b/1.jpg": "grey.jpg",
      "b/2.jpg": "truncated.jpg",
    },
    async (folder) => {
      const progress: [number, number][] = [];
      const onProgress = (done: number, total: number) => progress.push([done, total]);
      const set = await loadImageFolder(folder, { ...small, images: 2, onProgress });
      assertEquals([...set.labels], [0, 1]);
      assertEquals(progress, [[1, 2], [2, 2]]);
    },
  );
});

Deno.test("loadImageFolder() warns unless the names mark validation images", async () => {
  await withFolder({ "a/tench.JPEG": "grey.jpg" }, async (folder) => {
    const { caveats } = await loadImageFolder(folder, small);
    assertStringIncludes(caveats.join(), "probably training images");
  });
  await withFolder({ "a/ILSVRC2012_val_00000001.JPEG": "grey.jpg" }, async (folder) => {
    const { caveats } = await loadImageFolder(folder, small);
    assert(!caveats.join().includes("training"), caveats.join());
  });
});

Deno.test("loadImageFolder() names the file that is not a whole JPEG image, and why", async () => {
  for (
    const [content, reason] of [
      ["truncated.jpg", "Premature end of JPEG file"],
      ["no image", "Not a JPEG file: starts with 0x6e 0x6f"],
      ["", "Empty input file"],
    ]
  ) {
    await withFolder({ "a/broken.JPEG": content! }, async (folder) => {
      await assertRejects(
        () => loadImageFolder(folder, small),
        SyntaxError,
        `Cannot read ${folder}/a/broken.JPEG as a JPEG image: ${reason}`,
      );
    });
  }
});

Deno.test("loadImageFolder() names a folder that is missing, or has no images", async () => {
  await assertRejects(
    () => loadImageFolder("/nowhere/imagenet"),
    Deno.errors.NotFound,
    "Cannot load images of /nowhere/imagenet: there is no such folder",
  );
  await withFolder({ "a/readme.txt": "" }, async (folder) => {
    await assertRejects(
      () => loadImageFolder(folder),
      RangeError,
      `Cannot load images of ${folder}: there are no JPEG or PNG files in folders, one folder per class`,
    );
  });
});

Deno.test("loadImageFolder() refuses a folder outside the class index, and a broken index", async () => {
  await withFolder(
    { "imagenet_class_index.json": index, "n09/a.jpg": "grey.jpg" },
    async (folder) => {
      await assertRejects(() => loadImageFolder(folder), RangeError, "has no class n09");
    },
  );
  await withFolder({ "imagenet_class_index.json": "[", "a/a.jpg": "grey.jpg" }, async (folder) => {
    await assertRejects(() => loadImageFolder(folder), SyntaxError, "as a class index");
  });
});

Deno.test("loadImageFolder() refuses a class index whose labels or classes are not one of each", async () => {
  for (
    const [text, entry] of [
      ['{"x":["n01"]}', 'entry "x" is ["n01"]'],
      ['{"":["n01"]}', 'entry "" is ["n01"]'],
      ['{"70000":["n01"]}', 'entry "70000" is ["n01"]'],
      ['{"0":["n01"],"2":["n02"]}', 'entry "2" is ["n02"]'],
      ['{"1":["n01"],"01":["n02"]}', 'entry "01" is ["n02"]'],
      ['{"0":["n01"],"1":["n01"]}', 'entry "1" is ["n01"]'],
      ['{"0":"n01"}', 'entry "0" is "n01"'],
      ['{"0":[1]}', 'entry "0" is [1]'],
      ["null", "as a class index"],
    ]
  ) {
    await withFolder(
      { "imagenet_class_index.json": text!, "n01/a.jpg": "grey.jpg" },
      async (folder) => {
        const error = await assertRejects(() => loadImageFolder(folder, small), SyntaxError, entry);
        assertStringIncludes(
          (error as Error).message,
          `${folder}/imagenet_class_index.json as a class index: it must be JSON like {`,
        );
      },
    );
  }
});

Deno.test("loadImageFolder() names a link that leads nowhere, and follows the others", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder({ "a/1.jpg": "grey.jpg" }, async (folder) => {
    await Deno.symlink("1.jpg", `${folder}/a/2.jpg`);
    assertEquals((await loadImageFolder(folder, small)).size, 2);
    await Deno.symlink("gone.jpg", `${folder}/a/3.jpg`);
    await assertRejects(
      () => loadImageFolder(folder, small),
      Deno.errors.NotFound,
      `Cannot load images of ${folder}/a: the link 3.jpg leads nowhere`,
    );
  });
});

Deno.test("loadImageFolder() counts the images that libjpeg warns of", async () => {
  await withFolder({ "a/1.jpg": "grey.jpg", "a/2.jpg": "grey.jpg" }, async (folder) => {
    assertEquals((await loadImageFolder(folder, small)).caveats.join().includes("libjpeg"), false);
    const bytes = await Deno.readFile(`${folder}/a/2.jpg`);
    // Bytes that belong to nothing, before the marker of the end; libjpeg takes the first for the last of the image.
    const damaged = [...bytes.subarray(0, -2), 1, 2, 3, ...bytes.subarray(-2)];
    await Deno.writeFile(`${folder}/a/2.jpg`, Uint8Array.from(damaged));
    const { caveats } = await loadImageFolder(folder, small);
    assertEquals(
      caveats.at(-1),
      "libjpeg warns of 1 of 2 images, first of a/2.jpg: Corrupt JPEG data: 2 extraneous bytes before marker 0xd9",
    );
  });
});

Deno.test("loadImageFolder() refuses more images than there are, and sizes out of range", async () => {
  await withFolder({ "a/a.jpg": "grey.jpg" }, async (folder) => {
    await assertRejects(
      () => loadImageFolder(folder, { images: 2 }),
      RangeError,
      `Cannot load images of ${folder}: Cannot choose 2 balanced images of 1`,
    );
    await assertRejects(
      () => loadImageFolder(folder, { crop: 257 }),
      RangeError,
      "as crop must be an integer in [1, 256]: current value is 257",
    );
  });
});

Deno.test("loadImageFolder() stops when it is aborted", async () => {
  await withFolder({ "a/1.jpg": "grey.jpg", "a/2.jpg": "grey.jpg" }, async (folder) => {
    const controller = new AbortController();
    const done: number[] = [];
    const onProgress = (count: number) => {
      done.push(count);
      controller.abort(new Error("enough"));
    };
    await assertRejects(
      () => loadImageFolder(folder, { ...small, signal: controller.signal, onProgress }),
      Error,
      "enough",
    );
    assertEquals(done, [1]);
  });
});

dataTest(
  "loadImageFolder() reads one image of every ImageNet class, in the order of the index",
  async (folder) => {
    const set = await loadImageFolder(`${folder}/imagenet`, { images: 100 });
    assertEquals([set.size, set.classes, set.height, set.width], [100, 1000, 224, 224]);
    assertEquals([...set.labels], Array.from({ length: 100 }, (_, i) => i * 10));
  },
);

dataTest("loadImageFolder() reads original sizes, greyscale ones included", async (folder) => {
  const set = await loadImageFolder(`${folder}/imagenet-original-sizes`);
  assertEquals([set.size, set.classes], [33, 33]);
  let grey = 0;
  const bytes = 224 * 224 * 3;
  for (let image = 0; image < set.size; image++) {
    const pixels = set.pixels.subarray(image * bytes, (image + 1) * bytes);
    let equal = true;
    for (let i = 0; i < bytes && equal; i += 3) {
      equal = pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2];
    }
    if (equal) grey++;
  }
  assertEquals(grey, 8);
});
