import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { repository } from "../../notebooks/cache_modules.ts";
import { slowTest } from "../needs_data.ts";

/** Runs a program with this configuration in a folder far from the clone, as a notebook's cells there run. */
async function runElsewhere(config: unknown, source: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
    await Deno.writeTextFile(join(folder, "main.ts"), source);
    // The clone's versions, so that nothing need be looked up.
    await Deno.copyFile(join(repository, "deno.lock"), join(folder, "deno.lock"));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", "--allow-env", "--allow-sys", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readConfig(): Promise<{ name: string; exports: Record<string, string> }> {
  return JSON.parse(await Deno.readTextFile(join(repository, "deno.json")));
}

slowTest(
  "notebooks/README.md's deno.json makes every part of a clone importable from anywhere",
  async () => {
    const { name, exports } = await readConfig();
    const parts = Object.keys(exports).map((path) => name + path.slice(".".length));
    const source = parts.map((part) =>
      `console.log("${part}", Object.keys(await import("${part}")).length > 0);\n`
    );
    const guide = await Deno.readTextFile(join(repository, "notebooks/README.md"));
    const example = guide.match(/\{ "links": \["(.+?)"\] \}/)!;
    const config = JSON.parse(example[0].replace(example[1]!, repository));
    const output = await runElsewhere(config, source.join(""));
    assertEquals(output, parts.map((part) => `${part} true\n`).join(""));
  },
);

slowTest("a cell elsewhere loads the clone's embedded network by its path", async () => {
  const output = await runElsewhere(
    { links: [repository] },
    `import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
const { tensors } = await loadCheckpoint("${repository}/datasets/embedded/shapes-mlp.safetensors");
console.log(tensors.size > 0);
try { await loadCheckpoint("mine.safetensors"); } catch (error) { console.log(String(error)); }`,
  );
  assertStringIncludes(output, "true\n");
  assertStringIncludes(output, "RangeError: Cannot load mine.safetensors: there is no such file");
});
