import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadCifar10, loadCifar100 } from "../../datasets/cifar.ts";
import { dataTest } from "../needs_data.ts";

const planeBytes = 32 * 32;

/** A file of records with the given label bytes, each with planes of its own values, in a folder that is removed afterwards. */
async function withFile(
  records: readonly (readonly number[])[],
  body: (path: string) => Promise<void>,
  cut = 0,
): Promise<void> {
  const bytes = records.flatMap((labels, record) => [
    ...labels,
    ...Array.from({ length: 3 * planeBytes }, (_, i) => (i * 7 + record) % 256),
  ]);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/images.bin`;
    await Deno.writeFile(path, Uint8Array.from(bytes.slice(0, bytes.length - cut)));
    await body(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadCifar10() interleaves the planes and keeps the labels", async () => {
  await withFile([[3], [9]], async (path) => {
    const { size, height, width, classes, labels, pixels } = await loadCifar10(path);
    assertEquals([size, height, width, classes], [2, 32, 32, 10]);
    assertEquals([...labels], [3, 9]);
    for (const [record, pixel, channel] of [[0, 0, 0], [0, 1023, 2], [1, 33, 1], [1, 500, 2]]) {
      const expected = ((channel! * planeBytes + pixel!) * 7 + record!) % 256;
      assertEquals(pixels[(record! * planeBytes + pixel!) * 3 + channel!], expected);
    }
  });
});

Deno.test("loadCifar100() takes the fine label, which is the second byte", async () => {
  await withFile([[19, 99], [0, 0]], async (path) => {
    const { classes, labels } = await loadCifar100(path);
    assertEquals(classes, 100);
    assertEquals([...labels], [99, 0]);
  });
});

Deno.test("loadCifar10() warns of a file that the catalog doesn't know", async () => {
  await withFile([[3]], async (path) => {
    const { caveats } = await loadCifar10(path);
    assertEquals(caveats.length, 1);
    assertStringIncludes(caveats[0]!, "images.bin: not a file that the catalog knows");
  });
});

Deno.test("loadCifar10() names the file, its length and the record size when the length is wrong", async () => {
  await withFile([[3], [9]], async (path) => {
    await assertRejects(
      () => loadCifar10(path),
      SyntaxError,
      `Cannot read ${path} as CIFAR-10: its 6145 bytes are not a whole number of records of 3073 bytes`,
    );
  }, 1);
});

Deno.test("loadCifar100() refuses an empty file", async () => {
  await withFile([], async (path) => {
    await assertRejects(
      () => loadCifar100(path),
      SyntaxError,
      "its 0 bytes are not a whole number",
    );
  });
});

Deno.test("loadCifar10() names the record and the value of a label out of range", async () => {
  await withFile([[3], [10]], async (path) => {
    await assertRejects(
      () => loadCifar10(path),
      RangeError,
      `Cannot read ${path} as CIFAR-10: the label of record 1 must be in [0, 9], but is 10`,
    );
  });
});

Deno.test("loadCifar100() names the record and the value of a fine label out of range", async () => {
  await withFile([[0, 100]], async (path) => {
    await assertRejects(
      () => loadCifar100(path),
      RangeError,
      `Cannot read ${path} as CIFAR-100: the label of record 0 must be in [0, 99], but is 100`,
    );
  });
});

Deno.test("loadCifar100() names the record and the value of a coarse label out of range", async () => {
  await withFile([[0, 0], [20, 99]], async (path) => {
    await assertRejects(
      () => loadCifar100(path),
      RangeError,
      `Cannot read ${path} as CIFAR-100: the coarse label of record 1 must be in [0, 19], but is 20`,
    );
  });
});

Deno.test("loadCifar10() says that a folder is not a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => loadCifar10(folder),
      Deno.errors.IsADirectory,
      `Cannot read ${folder} as CIFAR-10: it must be a file of records, but is a folder`,
    );
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("loadCifar10() names a file that doesn't exist", async () => {
  await assertRejects(
    () => loadCifar10("/nowhere/test_batch.bin"),
    Deno.errors.NotFound,
    "Cannot read /nowhere/test_batch.bin as CIFAR-10: there is no such file",
  );
});

function countLabels(labels: Uint16Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

dataTest(
  "loadCifar10() reads 1,000 test images of each class and tells of JPEG copies",
  async (folder) => {
    const set = await loadCifar10(`${folder}/cifar-10/test_batch.bin`);
    assertEquals(countLabels(set.labels, 10), new Array(10).fill(1000));
    assertStringIncludes(set.caveats.join(), "JPEG copies");
  },
);

dataTest("loadCifar100() reads 100 test images of each class", async (folder) => {
  const set = await loadCifar100(`${folder}/cifar-100/test.bin`);
  assertEquals(countLabels(set.labels, 100), new Array(100).fill(100));
});

dataTest("loadCifar10() tells that images are training images", async (folder) => {
  const set = await loadCifar10(`${folder}/cifar-10/train_subset.bin`);
  assertEquals(set.size, 5000);
  assertStringIncludes(set.caveats.join(), "training images");
});
