import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { serializeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { readFixture } from "../fixture.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes, fixtureUrl } from "./expected.ts";

const expected = readFixture<{
  safetensors: Record<string, ExpectedTensors>;
  npy: ExpectedTensors;
  tfjs: ExpectedTensors;
}>("checkpoints/expected.json");

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bitbell load " });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadCheckpoint() tells the format from the content, not from the name", async () => {
  const formats = {
    "torch-2.15/protocol2.pt": "pytorch-zip",
    "torch-2.15/protocol2.legacy.pt": "pytorch-legacy",
    "torch-2.15/protocol1.legacy.pt": "pytorch-legacy",
    "plain.safetensors": "safetensors",
    "npy/conv1.npy": "npy",
  };
  await inFolder(async (folder) => {
    for (const [file, format] of Object.entries(formats)) {
      await Deno.copyFile(fixtureUrl(file), `${folder}/weights.bin`);
      const { metadata } = await loadCheckpoint(`${folder}/weights.bin`);
      assertEquals(metadata.format, format);
    }
  });
});

Deno.test("loadCheckpoint() takes a path, a relative path, a file URL and its text", async () => {
  const url = fixtureUrl("plain.safetensors");
  const path = decodeURIComponent(url.pathname);
  const relative = path.replace(`${Deno.cwd()}/`, "");
  for (const place of [url, url.href, path, relative]) {
    assertTensors((await loadCheckpoint(place)).tensors, expected.safetensors.plain!, {
      ordered: false,
    });
  }
});

Deno.test("loadCheckpoint() names the tensor of a single .npy after the file", async () => {
  const { tensors } = await loadCheckpoint(fixtureUrl("npy/conv10.npy"));
  assertTensors(tensors, { conv10: expected.npy.conv10! });
});

Deno.test("loadCheckpoint() reads a folder of .npy files, conv2 before conv10", async () => {
  const { tensors, metadata } = await loadCheckpoint(fixtureUrl("npy"));
  assertTensors(tensors, expected.npy, { ordered: false });
  assertEquals([...tensors.keys()].filter((name) => name.startsWith("conv")), [
    "conv1",
    "conv2",
    "conv10",
  ]);
  assertEquals(metadata, { format: "npy" });
});

Deno.test("loadCheckpoint() reads .npy files from the folder weights, and from nowhere else", async () => {
  await inFolder(async (folder) => {
    for (const place of ["weights", "test_data_set/0"]) {
      await Deno.mkdir(`${folder}/${place}`, { recursive: true });
    }
    await Deno.copyFile(fixtureUrl("npy/conv1.npy"), `${folder}/weights/a.b.npy`);
    await Deno.writeTextFile(`${folder}/weights/README.md`, "");
    await Deno.writeTextFile(`${folder}/weights/.hidden.npy`, "");
    await Deno.copyFile(fixtureUrl("npy/conv2.npy"), `${folder}/test_data_set/0/input_0.npy`);
    for (const place of [folder, `${folder}/`, `${folder}/weights`]) {
      assertEquals([...(await loadCheckpoint(place)).tensors.keys()], ["a.b"]);
    }
  });
});

Deno.test("loadCheckpoint() reads a tfjs model by its folder and by its model.json", async () => {
  for (const place of ["tfjs", "tfjs/", "tfjs/model.json"]) {
    const { tensors, metadata } = await loadCheckpoint(fixtureUrl(place));
    assertTensors(tensors, expected.tfjs);
    assertEquals(metadata, { format: "tfjs-layers" });
  }
});

Deno.test("loadCheckpoint() removes the prefix module. if all names have it", async () => {
  const tensor = { shape: [1], data: new Float32Array(1) };
  const namesOf = async (folder: string, names: readonly string[]) => {
    const tensors = new Map(names.map((name) => [name, tensor]));
    await Deno.writeFile(`${folder}/x`, serializeSafetensors({ tensors, metadata: {} }));
    return [...(await loadCheckpoint(`${folder}/x`)).tensors.keys()];
  };
  await inFolder(async (folder) => {
    assertEquals(await namesOf(folder, ["module.a", "module.b"]), ["a", "b"]);
    assertEquals(await namesOf(folder, ["module.a", "b"]), ["module.a", "b"]);
    assertEquals(await namesOf(folder, ["module.module.a"]), ["module.a"]);
  });
});

Deno.test("loadCheckpoint() names the path and the reason of what it cannot load", async () => {
  await inFolder(async (folder) => {
    const put = async (name: string, bytes: Uint8Array) => {
      await Deno.writeFile(`${folder}/${name}`, bytes);
      return `${folder}/${name}`;
    };
    const safetensors = fixtureBytes("plain.safetensors");
    const array = fixtureBytes("npy/conv1.npy");
    await Deno.mkdir(`${folder}/empty`);
    await Deno.mkdir(`${folder}/arrays`);
    await put("arrays/a.npy", array);
    await put("arrays/b.npy", array.subarray(0, -1));
    await Deno.mkdir(`${folder}/repository`);
    await put("repository/model.safetensors", new Uint8Array());
    await Deno.mkdir(`${folder}/model`);
    await Deno.copyFile(fixtureUrl("tfjs/model.json"), `${folder}/model/model.json`);

    const cases: readonly (readonly [string, typeof Error, string])[] = [
      [
        `${folder}/none.pth`,
        RangeError,
        `Cannot load ${folder}/none.pth: there is no such file or folder`,
      ],
      [`${folder}/none/none.pth`, RangeError, "there is no such file or folder"],
      [
        `${folder}/empty`,
        TypeError,
        `Cannot load ${folder}/empty: the folder has neither a model.json nor .npy files`,
      ],
      [
        `${folder}/repository`,
        TypeError,
        "itself or in a folder weights; load model.safetensors in it by its own path",
      ],
      [
        `${folder}/arrays`,
        SyntaxError,
        `Cannot read ${folder}/arrays/b.npy as a NumPy array: the data end at byte 151`,
      ],
      [
        `${folder}/model`,
        RangeError,
        `Cannot load ${folder}/model/group1-shard1of2: there is no such file or folder`,
      ],
      [
        await put("empty.pth", new Uint8Array(0)),
        SyntaxError,
        `Cannot read ${folder}/empty.pth: the file is empty`,
      ],
      [
        await put("page.html", new TextEncoder().encode("<!DOCTYPE html>")),
        SyntaxError,
        `Cannot read ${folder}/page.html: its first bytes (3c 21 44 4f 43 54 59 50) are not those of a PyTorch checkpoint`,
      ],
      [
        await put("short.safetensors", safetensors.subarray(0, 5)),
        SyntaxError,
        `Cannot read ${folder}/short.safetensors as safetensors: the data end at byte 5, inside the length`,
      ],
      [
        await put("long.safetensors", safetensors.subarray(0, -1)),
        SyntaxError,
        "inside tensor uint8, which ends at byte",
      ],
      [
        await put("flipped.pth", new Uint8Array([0x81, 2])),
        SyntaxError,
        `Cannot read ${folder}/flipped.pth as a PyTorch checkpoint: at byte 0`,
      ],
      [
        await put("flipped.npy", array.with(0, 0)),
        SyntaxError,
        `Cannot read ${folder}/flipped.npy as a NumPy array: at byte 0`,
      ],
      [
        await put("model.json", fixtureBytes("tfjs/model.json").subarray(0, 20)),
        SyntaxError,
        `Cannot read ${folder}/model.json as a tfjs layers model: `,
      ],
      [
        await put("evil.pt", fixtureBytes("torch-2.15/os_system.pt")),
        SyntaxError,
        `Cannot read ${folder}/evil.pt as a PyTorch checkpoint: os_system/data.pkl: it refers to posix.system`,
      ],
    ];
    for (const [place, kind, text] of cases) {
      await assertRejects(() => loadCheckpoint(place), kind, text);
    }
    await assertRejects(
      () => loadCheckpoint(new URL("ftp://127.0.0.1/x.pth")),
      RangeError,
      "Cannot use the address ftp://127.0.0.1/x.pth: the scheme must be file, http or https, not ftp:",
    );
  });
});

Deno.test("loadCheckpoint() runs nothing of a pickle that calls os.system", async () => {
  await inFolder(async (folder) => {
    const trace = `${folder}/trace`;
    const pickle = `\x80\x02cposix\nsystem\nU${
      String.fromCharCode(trace.length + 6)
    }touch ${trace}\x85R.`;
    await Deno.writeFile(`${folder}/x.pth`, Uint8Array.from(pickle, (c) => c.charCodeAt(0)));
    await assertRejects(
      () => loadCheckpoint(`${folder}/x.pth`),
      SyntaxError,
      "it refers to posix.system at byte 2",
    );
    assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), ["x.pth"]);
  });
});

Deno.test("loadCheckpoint() fetches http addresses, a model's shards beside its model.json", async () => {
  const root = fixtureUrl("");
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
      asked.push(path);
      try {
        return new Response(await Deno.readFile(new URL(path, root)));
      } catch {
        return new Response("<html>not here</html>", { status: 404, statusText: "Not Found" });
      }
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;

  const { tensors } = await loadCheckpoint(`${base}/plain.safetensors?download=true`);
  assertTensors(tensors, expected.safetensors.plain!, { ordered: false });
  assertTensors((await loadCheckpoint(new URL(`${base}/tfjs/model.json`))).tensors, expected.tfjs);
  assertEquals([...(await loadCheckpoint(`${base}/npy/conv10.npy`)).tensors.keys()], ["conv10"]);
  assertGreater(asked.indexOf("tfjs/group2-shard1of1"), asked.indexOf("tfjs/model.json"));
  await assertRejects(
    () => loadCheckpoint(`${base}/none.pth`),
    RangeError,
    `Cannot load ${base}/none.pth: the server answered 404 Not Found`,
  );
});

Deno.test("loadCheckpoint() names the address that cannot be reached", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assertRejects(
    () => loadCheckpoint(`http://127.0.0.1:${port}/x.pth`),
    RangeError,
    `Cannot load http://127.0.0.1:${port}/x.pth: `,
  );
});
