import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createHash } from "node:crypto";
import { packTar } from "modern-tar";
import type { DatasetEntry, FileArchive, WeightsEntry } from "../../datasets/catalog.ts";
import { downloadDataset, downloadWeights } from "../../datasets/download.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const test = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const train = Uint8Array.from({ length: 3000 }, (_, i) => i % 7);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const archive = await gzip(
  await packTar([
    { header: { name: "tiny/readme.txt", size: 5, type: "file" }, body: "hello" },
    { header: { name: "tiny/test.bin", size: test.length, type: "file" }, body: test },
    { header: { name: "tiny/train.bin", size: train.length, type: "file" }, body: train },
  ]),
);

type TinyEntry = DatasetEntry & { readonly archive: FileArchive };

function entry(url: string, change: Partial<FileArchive> = {}): TinyEntry {
  const members = [["test.bin", test], ["train.bin", train]] as const;
  return {
    name: "tiny",
    title: "Two files",
    classes: 2,
    licence: "none",
    archive: {
      url,
      bytes: archive.length,
      sha256: sha256(archive),
      members: members.map(([name, bytes]) => ({
        name: `tiny/${name}`,
        file: { path: `tiny/${name}`, bytes: bytes.length, sha256: sha256(bytes) },
      })),
      ...change,
    },
  };
}

/** Serves the answer on this machine and passes the address, an empty data folder, and the count of requests so far. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  body: (url: string, folder: string, requests: () => number) => Promise<void>,
): Promise<void> {
  let requests = 0;
  const folder = await Deno.makeTempDir();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    requests++;
    return answer(request);
  });
  try {
    await body(`http://127.0.0.1:${server.addr.port}/tiny.tar.gz`, folder, () => requests);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`).map((path) => `${name}/${path}`) : [name]
  ).sort();
}

const inOnePiece = () => new Response(archive);

Deno.test("downloadDataset() unpacks the wanted files, reports progress and leaves nothing else", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    const progress: number[][] = [];
    const report = await downloadDataset(entry(url), {
      folder,
      onProgress: (...now) => progress.push(now),
    });
    assertEquals(report.status, "downloaded");
    assertEquals(filesBelow(folder), ["tiny/test.bin", "tiny/train.bin"]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
    assertEquals(await Deno.readFile(`${folder}/tiny/test.bin`), test);
    assertEquals(await Deno.readFile(`${folder}/tiny/train.bin`), train);
    assertEquals(progress.at(-1), [archive.length, archive.length]);
  });
});

Deno.test("downloadDataset() fetches nothing when all files are there", async () => {
  await withServer(inOnePiece, async (url, folder, requests) => {
    await downloadDataset(entry(url), { folder });
    const again = await downloadDataset(entry(url), { folder });
    assertEquals([again.status, requests()], ["present", 1]);
  });
});

Deno.test("downloadDataset() replaces a file of the wrong length", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    await Deno.mkdir(`${folder}/tiny`);
    await Deno.writeTextFile(`${folder}/tiny/test.bin`, "half");
    assertEquals((await downloadDataset(entry(url), { folder })).status, "downloaded");
    assertEquals(await Deno.readFile(`${folder}/tiny/test.bin`), test);
  });
});

Deno.test("downloadDataset() replaces a damaged file of the right length", async () => {
  await withServer(inOnePiece, async (url, folder, requests) => {
    await downloadDataset(entry(url), { folder });
    await Deno.writeFile(`${folder}/tiny/train.bin`, new Uint8Array(train.length));
    assertEquals((await downloadDataset(entry(url), { folder })).status, "downloaded");
    assertEquals(await Deno.readFile(`${folder}/tiny/train.bin`), train);
    assertEquals(requests(), 2);
  });
});

Deno.test("downloadDataset() leaves no folder behind that it made, when it fails", async () => {
  await withServer(() => new Response("no", { status: 404 }), async (url, folder) => {
    const inside = `${folder}/not/there`;
    await assertRejects(() => downloadDataset(entry(url), { folder: inside }), Error, "404");
    assertEquals([...Deno.readDirSync(folder)], []);
    await Deno.mkdir(`${folder}/not`);
    await assertRejects(() => downloadDataset(entry(url), { folder: inside }), Error, "404");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["not"]);
  });
  await withServer(inOnePiece, async (url, folder) => {
    await downloadDataset(entry(url), { folder: `${folder}/not/there` });
    assertEquals(filesBelow(folder), ["not/there/tiny/test.bin", "not/there/tiny/train.bin"]);
  });
});

Deno.test("downloadDataset() names the folder that it can't write to", async () => {
  await withServer(inOnePiece, async (url, folder, requests) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const inside of [`${folder}/file`, `${folder}/file/cache`]) {
      const message = `Cannot download tiny to ${inside}: `;
      const error = await assertRejects(
        () => downloadDataset(entry(url), { folder: inside }),
        Error,
        message,
      );
      assertMatch((error as Error).message, /^[^\n]*$/);
    }
    assertEquals(requests(), 0);
  });
});

Deno.test("downloadDataset() refuses an idleTimeout that no timer can keep", async () => {
  for (const idleTimeout of [0, -1, NaN, Infinity]) {
    await assertRejects(
      () => downloadDataset("cifar-10", { folder: "/nowhere", idleTimeout }),
      RangeError,
      `as idleTimeout must be in (0, 2147483647] ms: current value is ${idleTimeout}`,
    );
  }
});

/** Expects that the download fails with that message, on one line, and that the folder is left empty. */
async function assertFails(dataset: DatasetEntry, folder: string, message: string): Promise<void> {
  const error = await assertRejects(() => downloadDataset(dataset, { folder }), Error, message);
  assertStringIncludes(error.message, dataset.archive!.url);
  assertMatch(error.message, /^[^\n]*$/);
  assertEquals([...Deno.readDirSync(folder)], []);
}

Deno.test("downloadDataset() refuses an archive of another checksum", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    const wrong = "0".repeat(64);
    const message = `its sha256 must be ${wrong}, but is ${sha256(archive)}`;
    await assertFails(entry(url, { sha256: wrong }), folder, message);
  });
});

Deno.test("downloadDataset() refuses an archive that is too short or too long", async () => {
  await withServer(() => new Response(archive.slice(0, 200)), async (url, folder) => {
    await assertFails(
      entry(url),
      folder,
      `must be ${archive.length} bytes, but the server has 200`,
    );
  });
  await withServer(inOnePiece, async (url, folder) => {
    const message = `must be 200 bytes, but the server has ${archive.length}`;
    await assertFails(entry(url, { bytes: 200 }), folder, message);
  });
});

Deno.test("downloadDataset() tells the status that the server answers", async () => {
  await withServer(() => new Response("no", { status: 404 }), async (url, folder) => {
    await assertFails(entry(url), folder, "the server answered 404 Not Found");
  });
});

Deno.test("downloadDataset() tells that the server can't be reached", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const folder = await Deno.makeTempDir();
  const url = `http://127.0.0.1:${port}/tiny.tar.gz`;
  await assertFails(entry(url), folder, `Cannot download ${url}: `);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("downloadDataset() tells which member the archive lacks, or which differs", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    const { members } = entry(url).archive;
    const file = { ...members[0]!.file, path: "tiny/other.bin" };
    await assertFails(
      entry(url, { members: [...members, { name: "tiny/other.bin", file }] }),
      folder,
      `Cannot unpack ${url}: there is no tiny/other.bin in it`,
    );
    const changed = { ...file, sha256: "1".repeat(64) };
    await assertFails(
      entry(url, { members: [{ name: "tiny/test.bin", file: changed }] }),
      folder,
      `Cannot unpack ${url}: the sha256 of tiny/test.bin must be ${changed.sha256}`,
    );
  });
});

Deno.test("downloadDataset() tells that an archive is damaged", async () => {
  const noise = Uint8Array.from({ length: 2000 }, (_, i) => (i * 89) % 256);
  await withServer(() => new Response(noise), async (url, folder) => {
    const change = { bytes: noise.length, sha256: sha256(noise) };
    await assertFails(entry(url, change), folder, `Cannot unpack ${url}: `);
  });
});

Deno.test("downloadDataset() keeps what came when it is aborted half-way, and only that is missing the next time", async () => {
  const ranges: (string | null)[] = [];
  const answer = (request: Request) => {
    ranges.push(request.headers.get("range"));
    if (ranges.length === 1) {
      return new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(archive.slice(0, 200)) }),
      );
    }
    const range = `bytes 200-${archive.length - 1}/${archive.length}`;
    return new Response(archive.slice(200), { status: 206, headers: { "content-range": range } });
  };
  await withServer(answer, async (url, folder) => {
    const controller = new AbortController();
    const error = await assertRejects(() =>
      downloadDataset(entry(url), {
        folder,
        signal: controller.signal,
        onProgress: (done) => done > 0 && controller.abort(),
      })
    );
    assert(error instanceof DOMException && error.name === "AbortError");
    const kept = filesBelow(folder);
    assertMatch(kept.join(), /^\.partial-[0-9a-f]{16}-tiny\.tar\.gz$/);
    assertEquals((await downloadDataset(entry(url), { folder })).status, "downloaded");
    assertEquals(ranges, [null, "bytes=200-"]);
    assertEquals(filesBelow(folder), ["tiny/test.bin", "tiny/train.bin"]);
  });
});

Deno.test("downloadDataset() goes on only with the same file of the same address", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    const names = new Set<string>();
    for (const change of [{}, { url: `${url}?2` }, { sha256: "0".repeat(64) }]) {
      const controller = new AbortController();
      const onProgress = (done: number) => done > 0 && controller.abort();
      const options = { folder, signal: controller.signal, onProgress };
      await assertRejects(() => downloadDataset(entry(url, change), options));
      for (const name of filesBelow(folder)) names.add(name);
    }
    assertEquals(names.size, 3);
  });
});

Deno.test("downloadDataset() removes what was unpacked a day ago and fetched a month ago, but not what is younger", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000);
    for (
      const [name, age] of [
        [".unfinished-old", 2],
        [".unfinished-young", 0.5],
        [".partial-old", 31],
        [".partial-young", 20],
      ] as const
    ) {
      if (name.startsWith(".unfinished")) await Deno.mkdir(`${folder}/${name}`);
      else await Deno.writeTextFile(`${folder}/${name}`, "");
      await Deno.utime(`${folder}/${name}`, days(age), days(age));
    }
    await downloadDataset(entry(url), { folder });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, [".partial-young", ".unfinished-young", "tiny"]);
  });
});

Deno.test("downloadDataset() refuses what can't be downloaded", async () => {
  await assertRejects(() => downloadDataset("mnist"), RangeError, 'the data set "mnist"');
  await assertRejects(() => downloadDataset("shapes"), RangeError, "it is generated");
  await assertRejects(() => downloadDataset("imagenet"), RangeError, "https://www.image-net.org");
});

Deno.test("downloadDataset() unpacks a folder of images as a whole, and sees when one is missing", async () => {
  const image = (name: string) => ({
    header: { name: `tiny2/${name}`, size: test.length, type: "file" as const },
    body: test,
  });
  const packed = await gzip(
    await packTar([image("val/n01/a.JPEG"), image("val/n02/b.png"), image("train/n01/c.JPEG")]),
  );
  const folderEntry = (url: string, images: Readonly<Record<string, number>>): DatasetEntry => ({
    ...entry(url),
    path: "tiny2/val",
    archive: { url, bytes: packed.length, sha256: sha256(packed), folder: "tiny2", images },
  });
  await withServer(() => new Response(packed), async (url, folder, requests) => {
    const dataset = folderEntry(url, { val: 2, train: 1 });
    await assertRejects(
      () => downloadDataset(folderEntry(url, { val: 3, train: 1 }), { folder }),
      Error,
      `Cannot unpack ${url}: there must be 3 images in tiny2/val, but are 2`,
    );
    assertEquals([...Deno.readDirSync(folder)], []);
    const report = await downloadDataset(dataset, { folder });
    assertEquals(report, { status: "downloaded", folder, files: ["tiny2"] });
    assertEquals(filesBelow(folder), [
      "tiny2/train/n01/c.JPEG",
      "tiny2/val/n01/a.JPEG",
      "tiny2/val/n02/b.png",
    ]);
    assertEquals((await downloadDataset(dataset, { folder })).status, "present");
    assertEquals(requests(), 2);
    await Deno.remove(`${folder}/tiny2/val/n02/b.png`);
    await assertRejects(
      () => downloadDataset(dataset, { folder }),
      Error,
      `Cannot download tiny to ${folder}: tiny2/val has 1 images instead of 2: remove tiny2 first`,
    );
  });
});

function weights(url: string, change: Partial<WeightsEntry> = {}): WeightsEntry {
  return {
    name: "tiny-net",
    dataset: "tiny",
    path: "weights/tiny/net.pth",
    sha256: sha256(test),
    architecture: "none",
    download: { url, sha256: sha256(test) },
    source: "https://example.org",
    licence: "none",
    caveats: [],
    ...change,
  };
}

Deno.test("downloadWeights() puts the checked file in its place, and fetches nothing when it is there", async () => {
  await withServer(() => new Response(test), async (url, folder, requests) => {
    const report = await downloadWeights(weights(url), { folder });
    assertEquals(report, { status: "downloaded", folder, files: ["weights/tiny/net.pth"] });
    assertEquals(filesBelow(folder), ["weights/tiny/net.pth"]);
    assertEquals(await Deno.readFile(`${folder}/weights/tiny/net.pth`), test);
    assertEquals((await downloadWeights(weights(url), { folder })).status, "present");
    assertEquals(requests(), 1);
    await Deno.writeFile(`${folder}/weights/tiny/net.pth`, train);
    assertEquals((await downloadWeights(weights(url), { folder })).status, "downloaded");
    assertEquals(await Deno.readFile(`${folder}/weights/tiny/net.pth`), test);
  });
});

Deno.test("downloadWeights() refuses another file, unknown names, and weights without an address", async () => {
  await withServer(() => new Response(train), async (url, folder) => {
    await assertRejects(
      () => downloadWeights(weights(url), { folder }),
      Error,
      `Cannot download ${url}: its sha256 must be ${sha256(test)}, but is ${sha256(train)}`,
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  });
  await assertRejects(
    () => downloadWeights("vgg16"),
    RangeError,
    'Cannot find the weights "vgg16": there are resnet20, resnet32, ',
  );
  await assertRejects(
    () => downloadWeights("squeezenet-1.1"),
    RangeError,
    "get them from https://github.com/webmachinelearning/test-data",
  );
});
