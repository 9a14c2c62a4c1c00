import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import type { RemoteFile } from "../../datasets/catalog.ts";
import { fetchFile, type FetchOptions } from "../../datasets/fetch_file.ts";
import { type Answer, type Asked, withFlawedServer } from "./flawed_server.ts";

const whole = Uint8Array.from({ length: 3000 }, (_, i) => (i * i + 7 * i) % 253);
const other = whole.map((byte) => 255 - byte);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const quick: FetchOptions = { retries: 2, retryDelay: 1 };

function remote(origin: string, change: Partial<RemoteFile> = {}): RemoteFile {
  return { url: `${origin}/file.bin`, bytes: whole.length, sha256: sha256(whole), ...change };
}

/** What a server answers that knows ranges, and cuts the connection after so many bytes. */
function ranged(
  { headers }: Asked,
  { file = whole, etag = '"one"', cut = Infinity }: {
    readonly file?: Uint8Array<ArrayBuffer>;
    readonly etag?: string;
    readonly cut?: number;
  } = {},
): Answer {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
  const continues = from > 0 && [etag, null].includes(headers.get("if-range"));
  if (continues && from >= file.length) {
    return { status: 416, headers: { "content-range": `bytes */${file.length}` } };
  }
  const body = continues ? file.slice(from) : file;
  return {
    status: continues ? 206 : 200,
    headers: {
      etag,
      ...(continues && {
        "content-range": `bytes ${from}-${file.length - 1}/${file.length}`,
      }),
    },
    announced: body.length,
    body: body.slice(0, cut),
  };
}

/** Runs the body with the path of a file that isn't there yet, in a folder of its own. */
async function withPath(body: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/file.part`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Expects one line that names the address. */
async function assertFails(
  file: RemoteFile,
  path: string,
  message: string,
  options: FetchOptions = quick,
): Promise<void> {
  const error = await assertRejects(() => fetchFile(file, path, options), Error, message);
  assert(error.message.startsWith(`Cannot download ${file.url}`), error.message);
  assertMatch(error.message, /^[^\n]*$/);
}

Deno.test("fetchFile() goes on by ranges where a server cuts the connection again and again", async () => {
  await withFlawedServer((asked) => ranged(asked, { cut: 500 }), async (origin, requests) => {
    await withPath(async (path, folder) => {
      const progress: number[][] = [];
      const onProgress = (...now: number[]) => progress.push(now);
      await fetchFile(remote(origin), path, { ...quick, onProgress });
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(
        requests.map(({ headers }) => headers.get("range")),
        [null, "bytes=500-", "bytes=1000-", "bytes=1500-", "bytes=2000-", "bytes=2500-"],
      );
      assertEquals(requests[1]!.headers.get("if-range"), '"one"');
      assertEquals(requests[1]!.headers.get("accept-encoding"), "identity");
      assertEquals(progress.at(-1), [3000, 3000]);
      const done = progress.map(([done]) => done!);
      assertEquals(done, done.toSorted((a, b) => a - b));
      assertEquals(namesIn(folder), ["file.part"]);
    });
  });
});

Deno.test("fetchFile() gives up after its retries without a byte, keeps what came, and goes on in the next call", async () => {
  let dead = true;
  const answer = (asked: Asked) =>
    asked.earlier === 0
      ? ranged(asked, { cut: 800 })
      : dead
      ? { announced: 2200, body: new Uint8Array(), status: 206, headers: contentRange(800) }
      : ranged(asked);
  await withFlawedServer(answer, async (origin, requests) => {
    await withPath(async (path) => {
      await assertFails(
        remote(origin),
        path,
        "; 800 bytes are kept, and the next call goes on from there",
      );
      assertEquals(requests.length, 3);
      assertEquals(await Deno.readFile(path), whole.slice(0, 800));
      dead = false;
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(requests.at(-1)!.headers.get("range"), "bytes=800-");
      assertEquals(requests.at(-1)!.headers.get("if-range"), '"one"');
    });
  });
});

const contentRange = (from: number, length = whole.length) => ({
  "content-range": `bytes ${from}-${length - 1}/${length}`,
});

Deno.test("fetchFile() fetches nothing when the file is whole, and asks where only the server knows its length", async () => {
  await withFlawedServer(ranged, async (origin, requests) => {
    await withPath(async (path) => {
      await Deno.writeFile(path, whole);
      await fetchFile(remote(origin), path, quick);
      assertEquals(requests.length, 0);
      await fetchFile(remote(origin, { bytes: undefined }), path, quick);
      assertEquals(requests.map(({ headers }) => headers.get("range")), ["bytes=3000-"]);
      assertEquals(await Deno.readFile(path), whole);
    });
  });
});

Deno.test("fetchFile() begins again where the server ignores ranges", async () => {
  const answer = ({ earlier }: Asked) => ({
    body: earlier === 0 ? whole.slice(0, 700) : whole,
    announced: 3000,
  });
  await withFlawedServer(answer, async (origin, requests) => {
    await withPath(async (path) => {
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(requests[1]!.headers.get("range"), "bytes=700-");
      assertEquals(requests.length, 2);
    });
  });
});

/** Another version at first, which is cut; then the wanted one. */
const changes = (asked: Asked) =>
  asked.earlier === 0
    ? ranged(asked, { file: other, etag: '"old"', cut: 900 })
    : ranged(asked, { etag: '"new"' });

/** The same from a server that gives the range without regard to If-Range. */
const changesHeedlessly = (asked: Asked): Answer =>
  asked.earlier === 1
    ? { status: 206, headers: { ...contentRange(900), etag: '"new"' }, body: whole.slice(900) }
    : changes(asked);

/** The same from a server that doesn't say which version it has: only the checksum of all tells. */
const changesSilently = (asked: Asked): Answer => {
  if (asked.earlier === 0) return { body: other.slice(0, 900), announced: 3000 };
  return asked.earlier === 1
    ? { status: 206, headers: contentRange(900), body: whole.slice(900) }
    : { body: whole };
};

for (
  const [answer, what, requests] of [
    [changes, "that heeds If-Range", 2],
    [changesHeedlessly, "that ignores If-Range", 3],
    [changesSilently, "that doesn't tell versions", 3],
  ] as const
) {
  Deno.test(`fetchFile() never joins parts of two versions from a server ${what}`, async () => {
    await withFlawedServer(answer, async (origin, asked) => {
      await withPath(async (path) => {
        await fetchFile(remote(origin), path, quick);
        assertEquals(await Deno.readFile(path), whole);
        assertEquals(asked.length, requests);
      });
    });
  });
}

Deno.test("fetchFile() sees by its name that a range is of another version, before it takes it", async () => {
  await withFlawedServer(changesHeedlessly, async (origin) => {
    await withPath(async (path, folder) => {
      const once = { retries: 0 };
      await assertRejects(() => fetchFile(remote(origin), path, once), Error, "900 bytes are kept");
      const message = ": the server has another file than the one begun";
      await assertFails(remote(origin), path, message, once);
      assertEquals(namesIn(folder), []);
    });
  });
});

Deno.test("fetchFile() begins again after a range that the file hasn't, or another than it asked for", async () => {
  for (
    const flawed of [
      { status: 416, headers: { "content-range": "bytes */100" } },
      { status: 416 },
      { status: 206, headers: contentRange(0), body: whole },
      { status: 206, body: whole.slice(1000) },
    ]
  ) {
    const answer = (asked: Asked) => asked.earlier === 0 ? flawed : ranged(asked);
    await withFlawedServer(answer, async (origin, requests) => {
      await withPath(async (path) => {
        await Deno.writeFile(path, whole.slice(0, 1000));
        await fetchFile(remote(origin), path, quick);
        assertEquals(await Deno.readFile(path), whole);
        assertEquals(requests.map(({ headers }) => headers.get("range")), ["bytes=1000-", null]);
      });
    });
  }
});

Deno.test("fetchFile() refuses another length than the entry's before anything comes, and keeps nothing", async () => {
  const announced = { body: whole.slice(0, 200) };
  const ofRange = { status: 206, headers: contentRange(1000, 9999), body: whole.slice(1000) };
  for (
    const [flawed, kept, told] of [[announced, 0, "the server has 200"], [
      ofRange,
      1000,
      "the server has 9999",
    ]] as const
  ) {
    await withFlawedServer(() => flawed, async (origin, requests) => {
      await withPath(async (path, folder) => {
        if (kept > 0) await Deno.writeFile(path, whole.slice(0, kept));
        await assertFails(
          remote(origin),
          path,
          `its length must be 3000 bytes, but ${told}`,
        );
        assertEquals(requests.length, 1);
        assertEquals(namesIn(folder), []);
      });
    });
  }
});

Deno.test("fetchFile() refuses a file of which neither the entry nor the server tells the length", async () => {
  for (
    const flawed of [
      { body: whole, announced: false },
      { status: 206, headers: { "content-range": "bytes 1000-2999/*" }, body: whole.slice(1000) },
    ] as const
  ) {
    await withFlawedServer(() => flawed, async (origin) => {
      await withPath(async (path) => {
        if ("status" in flawed) await Deno.writeFile(path, whole.slice(0, 1000));
        const file = remote(origin, { bytes: undefined });
        await assertFails(
          file,
          path,
          "its length must be known, but the server doesn't announce it",
        );
      });
    });
  }
});

Deno.test("fetchFile() stops a server that sends more than the entry's length", async () => {
  const endless = { body: new Uint8Array(100_000), announced: false } as const;
  await withFlawedServer(() => endless, async (origin, requests) => {
    await withPath(async (path, folder) => {
      await assertFails(remote(origin), path, "must be 3000 bytes, but more came");
      assertEquals(requests.length, 1);
      assertEquals(namesIn(folder), []);
    });
  });
});

Deno.test("fetchFile() takes a body without a length that ends early for a cut connection", async () => {
  const answer = (asked: Asked): Answer =>
    asked.earlier === 0 ? { body: whole.slice(0, 600), announced: false } : ranged(asked);
  await withFlawedServer(answer, async (origin, requests) => {
    await withPath(async (path) => {
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(requests.length, 2);
    });
  });
});

Deno.test("fetchFile() refuses corrupted bytes at once, and keeps none of them", async () => {
  await withFlawedServer(() => ({ body: other }), async (origin, requests) => {
    await withPath(async (path, folder) => {
      await assertFails(
        remote(origin),
        path,
        `its sha256 must be ${sha256(whole)}, but is ${sha256(other)}`,
      );
      assertEquals(requests.length, 1);
      assertEquals(namesIn(folder), []);
    });
  });
});

Deno.test("fetchFile() replaces what is whole and yet another file", async () => {
  await withFlawedServer(ranged, async (origin, requests) => {
    await withPath(async (path) => {
      await Deno.writeFile(path, other);
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(requests.length, 1);
      await Deno.writeFile(path, new Uint8Array(5000));
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
    });
  });
});

Deno.test("fetchFile() follows redirects, also when it goes on, and gives up in a circle of them", async () => {
  const answer = (asked: Asked) =>
    asked.target === "/file.bin"
      ? { status: 302, headers: { location: "/elsewhere" } }
      : ranged(asked, { cut: 2000 });
  await withFlawedServer(answer, async (origin, requests) => {
    await withPath(async (path) => {
      await fetchFile(remote(origin), path, quick);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(
        requests.map(({ target }) => target).join(" "),
        "/file.bin /elsewhere /file.bin /elsewhere",
      );
      assertEquals(requests[3]!.headers.get("range"), "bytes=2000-");
    });
  });
  const circle = { status: 302, headers: { location: "/file.bin" } };
  await withFlawedServer(() => circle, async (origin) => {
    await withPath(async (path, folder) => {
      await assertFails(remote(origin), path, "redirect");
      assertEquals(namesIn(folder), []);
    });
  });
});

Deno.test("fetchFile() gives up a silent server, at the start or half-way, after trying again", async () => {
  for (const came of [0, 500]) {
    const answer = () => ({ body: whole.slice(0, came), announced: 3000, stalls: true });
    await withFlawedServer(answer, async (origin, requests) => {
      await withPath(async (path) => {
        const options = { idleTimeout: 60, retries: 1, retryDelay: 1 };
        await assertFails(remote(origin), path, ": the server sent nothing for 0.06 s", options);
        assertEquals(requests.length, 2);
      });
    });
  }
});

Deno.test("fetchFile() waits for a slow server as long as something comes", async () => {
  const answer = () => ({ body: whole, slow: { bytes: 1000, delay: 150 } });
  await withFlawedServer(answer, async (origin, requests) => {
    await withPath(async (path) => {
      await fetchFile(remote(origin), path, { ...quick, idleTimeout: 400 });
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(requests.length, 1);
    });
  });
});

Deno.test("fetchFile() tries again where a server is busy, and not where it refuses", async () => {
  for (const [status, tries] of [[503, 3], [429, 3], [404, 1], [403, 1]] as const) {
    await withFlawedServer(() => ({ status }), async (origin, requests) => {
      await withPath(async (path, folder) => {
        await assertFails(remote(origin), path, `: the server answered ${status}`);
        assertEquals(requests.length, tries);
        assertEquals(namesIn(folder), []);
      });
    });
  }
});

Deno.test("fetchFile() keeps what it has when the server refuses later", async () => {
  await withFlawedServer(() => ({ status: 404 }), async (origin) => {
    await withPath(async (path) => {
      await Deno.writeFile(path, whole.slice(0, 1000));
      await assertFails(remote(origin), path, ": the server answered 404");
      assertEquals(await Deno.readFile(path), whole.slice(0, 1000));
    });
  });
});

Deno.test("fetchFile() says at once that there is no connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withPath(async (path, folder) => {
    const hour = { retries: 1, retryDelay: 3_600_000 };
    await assertFails(
      remote(`http://127.0.0.1:${port}`),
      path,
      `no connection to 127.0.0.1:${port}, is this machine online, or is HTTPS_PROXY to be set?`,
      hour,
    );
    assertEquals(namesIn(folder), []);
  });
});

Deno.test("fetchFile() stops when it is aborted, while bytes come or between two tries, and keeps what came", async () => {
  for (const stalls of [true, false]) {
    const answer = () => ({ body: whole.slice(0, 500), announced: 3000, stalls });
    await withFlawedServer(answer, async (origin) => {
      await withPath(async (path) => {
        const controller = new AbortController();
        const onProgress = (done: number) => {
          if (done === 500) setTimeout(() => controller.abort(new Error("enough")), 30);
        };
        const { signal } = controller;
        await assertRejects(
          () => fetchFile(remote(origin), path, { signal, onProgress, retryDelay: 3_600_000 }),
          Error,
          "enough",
        );
        assertEquals(await Deno.readFile(path), whole.slice(0, 500));
      });
    });
  }
});

Deno.test("fetchFile() refuses to write where another download is writing", async () => {
  const answer = () => ({ body: whole.slice(0, 500), announced: 3000, stalls: true });
  await withFlawedServer(answer, async (origin) => {
    await withPath(async (path) => {
      const controller = new AbortController();
      let begun = () => {};
      const running = new Promise<void>((resolve) => begun = resolve);
      const first = assertRejects(
        () => fetchFile(remote(origin), path, { signal: controller.signal, onProgress: begun }),
      );
      await Promise.race([running, first]);
      await assertFails(remote(origin), path, `another process is downloading it to ${path}`);
      controller.abort();
      await first;
    });
  });
});

Deno.test("fetchFile() refuses options that no timer can keep", async () => {
  for (
    const [options, message] of [
      [{ idleTimeout: 0 }, "as idleTimeout must be in (0, 2147483647] ms: current value is 0"],
      [{ idleTimeout: NaN }, "current value is NaN"],
      [{ idleTimeout: Infinity }, "current value is Infinity"],
      [{ retries: -1 }, "as retries must be in [0, 2147483647]: current value is -1"],
      [{ retryDelay: -1 }, "as retryDelay must be in [0, 2147483647]: current value is -1"],
    ] as const
  ) {
    await assertRejects(
      () => fetchFile(remote("http://127.0.0.1:1"), "/nowhere/file", options),
      RangeError,
      message,
    );
  }
});
