import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Runs the command with an empty cache folder; nothing of it may reach the network. */
async function runCommand(args: readonly string[], environment: Record<string, string> = {}) {
  const cache = await Deno.makeTempDir();
  const { PATH, HOME, DENO_DIR } = Deno.env.toObject();
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--frozen",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--config",
      pathOf("../../deno.json"),
      pathOf("../../datasets/data_main.ts"),
      ...args,
    ],
    clearEnv: true,
    env: {
      ...Object.fromEntries(
        Object.entries({ PATH, HOME, DENO_DIR }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>,
      NO_COLOR: "1",
      BITBELL_CACHE: cache,
      ...environment,
    },
  });
  const { code, stdout, stderr } = await command.output();
  await Deno.remove(cache, { recursive: true });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the data command lists every data set, its state and its licence", async () => {
  const { code, stdout } = await runCommand([]);
  assertEquals(code, 0);
  assertMatch(stdout, /^Data: embedded networks and generated shapes/);
  assertStringIncludes(stdout, "cifar-10: not present: deno task data cifar-10 (170 MB)");
  assertStringIncludes(stdout, "shapes: present");
  assertStringIncludes(stdout, "licence: ");
});

Deno.test("the data command says in one line what is wrong and exits with 1", async () => {
  for (
    const [args, environment, message] of [
      [["mnist"], {}, 'Cannot find the data set "mnist": there are cifar-10, '],
      [["cifar-10", "mnist"], {}, 'Cannot find the data set "mnist"'],
      [["cifar-10", "shapes"], {}, "Cannot download shapes as there is nothing to download"],
      [["cifar-10", "--force"], {}, "there are no options, only names of data sets: current value"],
      [["imagenet"], {}, "Cannot download imagenet as there is nothing to download: get it from"],
      [[], { BITBELL_DATA: "/nowhere" }, "Cannot use the data folder that BITBELL_DATA names"],
    ] as const
  ) {
    const { code, stderr } = await runCommand(args, environment);
    assertEquals(code, 1);
    assertStringIncludes(stderr, message);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});

Deno.test("the data command names the cache folder that can't be written to, in one line", async () => {
  const file = await Deno.makeTempFile();
  try {
    // Below a file no folder can be made; below /proc Deno refuses, and advises to grant all permissions.
    for (const folder of [`${file}/cache`, ...(Deno.build.os === "linux" ? ["/proc/cache"] : [])]) {
      const { code, stderr } = await runCommand(["cifar-10"], { BITBELL_CACHE: folder });
      assertEquals(code, 1);
      assertStringIncludes(stderr, `Cannot download cifar-10 to ${folder}: `);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      assertEquals(stderr.includes("--allow"), false, stderr);
    }
  } finally {
    await Deno.remove(file);
  }
});
