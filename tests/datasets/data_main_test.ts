import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { slowTest } from "../needs_data.ts";
import { withFlawedServer } from "./flawed_server.ts";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Runs the command with an empty cache folder; nothing of it may reach the network but this machine. */
async function runCommand(args: readonly string[], environment: Record<string, string> = {}) {
  const cache = await Deno.makeTempDir();
  const { code, stdout, stderr } = await command(args, { BITBELL_CACHE: cache, ...environment })
    .output();
  await Deno.remove(cache, { recursive: true });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function command(
  args: readonly string[],
  environment: Record<string, string>,
  { script = "../../datasets/data_main.ts", permissions = ["--allow-net=127.0.0.1"] } = {},
): Deno.Command {
  const { PATH, HOME, DENO_DIR } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--frozen",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      ...permissions,
      "--config",
      pathOf("../../deno.json"),
      pathOf(script),
      ...args,
    ],
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
    env: {
      ...Object.fromEntries(
        Object.entries({ PATH, HOME, DENO_DIR }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      ...environment,
    },
  });
}

Deno.test("the data command lists every data set, its state and its licence", async () => {
  const { code, stdout } = await runCommand([]);
  assertEquals(code, 0);
  assertMatch(stdout, /^Data: embedded networks and generated shapes/);
  assertStringIncludes(stdout, "cifar-10: not present: deno task data cifar-10 (170 MB)");
  assertStringIncludes(
    stdout,
    "imagenette-160: not present: deno task data imagenette-160 (99 MB)",
  );
  assertStringIncludes(stdout, "resnet18: not present: deno task data resnet18 (47 MB)");
  assertStringIncludes(stdout, "mobilenet-v2: not present: deno task data mobilenet-v2\n");
  assertStringIncludes(stdout, "shapes: present");
  assertStringIncludes(stdout, "licence: ");
});

slowTest("the data command says in one line what is wrong and exits with 1", async () => {
  for (
    const [args, environment, message] of [
      [
        ["mnist"],
        {},
        "Cannot download mnist as it must be one of cifar-10, cifar-100, imagenette-160, ",
      ],
      [["cifar-10", "mnist"], {}, "Cannot download mnist as it must be one of"],
      [["resnet20-own"], {}, "no address of these weights is known: get them from this project"],
      [
        ["--folder"],
        {},
        "Cannot read the command line: Option '--folder <value>' argument missing",
      ],
      [
        ["--folder", "", "cifar-10"],
        {},
        "Cannot read the command line: --folder must name a folder",
      ],
      [["cifar-10", "shapes"], {}, "Cannot download shapes as there is nothing to download"],
      [["cifar-10", "--force"], {}, "Unknown option '--force' (there are --folder and --help)"],
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

Deno.test("the data command explains itself", async () => {
  const { code, stdout } = await runCommand(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "deno task data resnet18 mobilenet-v2   download weights");
});

Deno.test("the data command says on one line that the network is out of reach, and asks the proxy that is set", async () => {
  const refuse = () => ({ status: 502 });
  await withFlawedServer(refuse, async (proxy, requests) => {
    const folder = await Deno.makeTempDir();
    const { code, stderr } = await command(
      ["cifar-10", "--folder", `${folder}/data`],
      { BITBELL_CACHE: "/nowhere", HTTPS_PROXY: proxy },
      { permissions: ["--allow-net"] },
    ).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 1);
    assertMatch(
      text,
      /^Cannot download https:\/\/www\.cs\.toronto\.edu\/\S+: no connection to www\.cs\.toronto\.edu, is this machine online, or is HTTPS_PROXY to be set\? .+\n$/,
    );
    assertEquals(requests.map(({ method, target }) => `${method} ${target}`), [
      "CONNECT www.cs.toronto.edu:443",
    ]);
    // Nothing came, so that nothing is left behind.
    assertEquals([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
  });
});

Deno.test("downloads go through HTTP_PROXY, but not to the hosts of NO_PROXY", async () => {
  const body = new TextEncoder().encode("weights");
  await withFlawedServer(() => ({ body }), async (direct, asked) => {
    await withFlawedServer(() => ({ body }), async (proxy, proxied) => {
      for (const url of ["http://bitbell.invalid/net.pth", `${direct}/net.pth`]) {
        const folder = await Deno.makeTempDir();
        const { code, stderr } = await command(
          [url, folder],
          { HTTP_PROXY: proxy, NO_PROXY: "127.0.0.1" },
          { script: "download_one.ts", permissions: ["--allow-net"] },
        ).output();
        assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
        assertEquals(await Deno.readTextFile(`${folder}/weights/net.pth`), "weights");
        await Deno.remove(folder, { recursive: true });
      }
      assertEquals(proxied.map(({ target }) => target), ["http://bitbell.invalid/net.pth"]);
      assertEquals(asked.map(({ target }) => target), ["/net.pth"]);
    });
  });
});

Deno.test("the data command keeps what has come when it is interrupted, and says so", async () => {
  if (Deno.build.os === "windows") return;
  let connected = () => {};
  const begun = new Promise<void>((resolve) => connected = resolve);
  // A proxy that never opens its tunnel: the command waits.
  const answer = () => {
    connected();
    return { status: 200, announced: false, stalls: true } as const;
  };
  await withFlawedServer(answer, async (proxy) => {
    const folder = await Deno.makeTempDir();
    const child = command(
      ["resnet18", "--folder", folder],
      { HTTPS_PROXY: proxy },
      { permissions: ["--allow-net"] },
    );
    const running = child.spawn();
    const ended = running.output();
    // A command that ends before it asks the proxy would be waited for without end.
    await Promise.race([begun, ended]);
    try {
      running.kill("SIGINT");
    } catch {
      // What it ended with is said below.
    }
    const { code, stderr } = await ended;
    assertEquals(
      [code, new TextDecoder().decode(stderr)],
      [130, "Interrupted: what has come is kept, and the same command goes on from there\n"],
    );
    await Deno.remove(folder, { recursive: true });
  });
});
