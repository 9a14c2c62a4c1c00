import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { loadImageFolder } from "../../datasets/image_folder.ts";
import { dataTest } from "../needs_data.ts";

const fixtures = new URL("../fixtures/jpeg/", import.meta.url);

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
      `Cannot load images of ${folder}: there are no JPEG files in folders, one folder per class`,
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
