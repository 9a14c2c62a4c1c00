import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { cacheFolder, findData, findDataset, findPath } from "../../datasets/find_data.ts";

/** Passes an empty folder, which is removed afterwards. */
async function withFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const environment = (variables: Record<string, string>) => new Map(Object.entries(variables));

function put(folder: string, path: string): void {
  Deno.mkdirSync(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/${path}`, "");
}

Deno.test("findData() takes the folder of BITBELL_DATA before the cache", async () => {
  await withFolder((folder) => {
    const named = `${folder}/named`, cache = `${folder}/cache`;
    put(cache, "cifar-10/test_batch.bin");
    put(named, "cifar-100/test.bin");
    const location = findData(environment({ BITBELL_DATA: named, BITBELL_CACHE: cache }));
    assertEquals([location.source, location.folder], ["BITBELL_DATA", named]);
    assertEquals(location.datasets, ["cifar-100", "shapes"]);
    assertStringIncludes(location.line, `Data: ${named} (BITBELL_DATA): cifar-100;`);
    assertStringIncludes(location.line, "no cifar-10 images: `deno task data cifar-10` downloads");
    assertEquals(findDataset(location, "cifar-100"), `${named}/cifar-100/test.bin`);
    assertEquals(findDataset(location, "cifar-10"), undefined);
    assertEquals(findDataset(location, "shapes"), undefined);
    assertEquals(findPath(location, "cifar-100"), `${named}/cifar-100`);
  });
});

Deno.test("findData() names the folder of BITBELL_DATA when it doesn't exist, or is a file", async () => {
  await withFolder((folder) => {
    put(folder, "files/file");
    for (const named of [`${folder}/none`, `${folder}/files/file`]) {
      assertThrows(
        () => findData(environment({ BITBELL_DATA: named })),
        Deno.errors.NotFound,
        `Cannot use the data folder that BITBELL_DATA names: there is no folder ${named}`,
      );
    }
  });
});

Deno.test("findData() takes the cache folder where it holds a data set", async () => {
  await withFolder((folder) => {
    put(folder, "cifar-10/test_batch.bin");
    put(folder, "cifar-100/test.bin");
    const { source, line } = findData(environment({ BITBELL_DATA: "", BITBELL_CACHE: folder }));
    assertEquals(source, "cache");
    assertEquals(line, `Data: ${folder} (cache): cifar-10, cifar-100`);
  });
});

Deno.test("findData() falls back to what is embedded and names the command that downloads", async () => {
  await withFolder((folder) => {
    const location = findData(environment({ BITBELL_CACHE: `${folder}/none` }));
    assertEquals([location.source, location.folder], ["embedded", undefined]);
    assertEquals(location.datasets, ["shapes"]);
    assertStringIncludes(location.line, "`deno task data cifar-10`");
    assertEquals(findDataset(location, "cifar-10"), undefined);
  });
});

Deno.test("findData() takes a cache folder that holds nothing but weights", async () => {
  await withFolder((folder) => {
    Deno.mkdirSync(`${folder}/weights`);
    const location = findData(environment({ BITBELL_CACHE: folder }));
    assertEquals([location.source, location.folder], ["cache", folder]);
    assertEquals(location.datasets, ["shapes"]);
    assertStringIncludes(location.line, "(cache): no images");
  });
});

Deno.test("findData() needs no cache folder", () => {
  assertEquals(findData(environment({})).source, "embedded");
});

Deno.test("findDataset() refuses a name that the catalog doesn't have", () => {
  assertThrows(
    () => findDataset(findData(environment({})), "mnist"),
    RangeError,
    'Cannot find the data set "mnist": there are cifar-10, cifar-100, imagenet, imagenette-160, imagenette-320, imagenette, shapes',
  );
});

Deno.test({
  name: "cacheFolder() follows BITBELL_CACHE, then XDG_CACHE_HOME, then the home folder",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const variables = environment({ BITBELL_CACHE: "/a", XDG_CACHE_HOME: "/b", HOME: "/c" });
    for (
      const [folder, name] of [
        ["/a", "BITBELL_CACHE"],
        ["/b/bitbell", "XDG_CACHE_HOME"],
        ["/c/.cache/bitbell", "HOME"],
      ] as const
    ) {
      assertEquals(cacheFolder(variables), folder);
      variables.delete(name);
    }
    assertThrows(
      () => cacheFolder(variables),
      Deno.errors.NotFound,
      "Cannot tell the cache folder as HOME is not set: name one in BITBELL_CACHE",
    );
  },
});
