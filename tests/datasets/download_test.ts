import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createHash } from "node:crypto";
import { packTar } from "modern-tar";
import type { DatasetEntry } from "../../datasets/catalog.ts";
import { downloadDataset } from "../../datasets/download.ts";

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

type Archive = NonNullable<DatasetEntry["archive"]>;

function entry(url: string, change: Partial<Archive> = {}): DatasetEntry {
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
  answer: () => Response | Promise<Response>,
  body: (url: string, folder: string, requests: () => number) => Promise<void>,
): Promise<void> {
  let requests = 0;
  const folder = await Deno.makeTempDir();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    requests++;
    return answer();
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
    const progress: [number, number][] = [];
    const report = await downloadDataset(entry(url), {
      folder,
      onProgress: (done, total) => progress.push([done, total]),
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

Deno.test("downloadDataset() gives up when the server sends nothing, at the start or half-way", async () => {
  const halfWay = () =>
    new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(archive.slice(0, 200)) }),
    );
  const atTheStart = () =>
    new Promise<Response>((resolve) => silent.push(() => resolve(halfWay())));
  const silent: (() => void)[] = [];
  for (const answer of [halfWay, atTheStart]) {
    await withServer(answer, async (url, folder) => {
      const error = await assertRejects(
        () => downloadDataset(entry(url), { folder, idleTimeout: 100 }),
        Error,
        `Cannot download ${url}: the server sent nothing for 0.1 s`,
      );
      assertMatch((error as Error).message, /^[^\n]*$/);
      assertEquals([...Deno.readDirSync(folder)], []);
      for (const answer of silent) answer();
    });
  }
});

Deno.test("downloadDataset() waits for a slow server as long as something comes", async () => {
  const pieces = [0, 1, 2, 3].map((i) =>
    archive.slice(i * 100, i === 3 ? undefined : i * 100 + 100)
  );
  const slowly = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          controller.enqueue(pieces.shift()!);
          if (pieces.length === 0) controller.close();
        },
      }, { highWaterMark: 0 }),
    );
  await withServer(slowly, async (url, folder) => {
    const { status } = await downloadDataset(entry(url), { folder, idleTimeout: 900 });
    assertEquals(status, "downloaded");
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
    await assertFails(entry(url), folder, `must be ${archive.length} bytes, but 200 came`);
  });
  await withServer(inOnePiece, async (url, folder) => {
    await assertFails(entry(url, { bytes: 200 }), folder, "must be 200 bytes, but more came");
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
    const { members } = entry(url).archive!;
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

Deno.test("downloadDataset() leaves nothing behind when it is aborted half-way, and succeeds on the next try", async () => {
  let stall = true;
  const answer = () =>
    stall
      ? new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(archive.slice(0, 200)) }),
      )
      : inOnePiece();
  await withServer(answer, async (url, folder) => {
    const controller = new AbortController();
    const error = await assertRejects(() =>
      downloadDataset(entry(url), {
        folder,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      })
    );
    assert(error instanceof DOMException && error.name === "AbortError");
    assertEquals([...Deno.readDirSync(folder)], []);
    stall = false;
    assertEquals((await downloadDataset(entry(url), { folder })).status, "downloaded");
  });
});

Deno.test("downloadDataset() removes what a process that was killed left a day ago, but not what is younger", async () => {
  await withServer(inOnePiece, async (url, folder) => {
    await Deno.mkdir(`${folder}/.unfinished-tiny-old`);
    await Deno.mkdir(`${folder}/.unfinished-tiny-young`);
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    await Deno.utime(`${folder}/.unfinished-tiny-old`, twoDaysAgo, twoDaysAgo);
    await downloadDataset(entry(url), { folder });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, [".unfinished-tiny-young", "tiny"]);
  });
});

Deno.test("downloadDataset() refuses what can't be downloaded", async () => {
  await assertRejects(() => downloadDataset("mnist"), RangeError, 'the data set "mnist"');
  await assertRejects(() => downloadDataset("shapes"), RangeError, "it is generated");
  await assertRejects(() => downloadDataset("imagenet"), RangeError, "https://www.image-net.org");
});
