import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import config from "../deno.json" with { type: "json" };
import { type BenchOptions, selectionOf } from "./options.ts";
import type { BenchHeader } from "./results.ts";
import { listFiles, type Scene } from "./scene.ts";

const root = join(import.meta.dirname!, "..");

/** What decides the results of a run: versions, code, selection, weights and images. */
export function makeHeader(options: BenchOptions, scene: Scene): BenchHeader {
  return {
    format: "bitbell-bench-1",
    versions: {
      bitbell: config.version,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      tfjs: lockedVersion("@tensorflow/tfjs"),
      "tfjs-backend-wasm": lockedVersion("@tensorflow/tfjs-backend-wasm"),
    },
    source: digestSources(),
    selection: selectionOf(options),
    networks: scene.networks.map(({ record }) => record),
    sets: scene.sets.map(({ record }) => record),
  };
}

/** The version of an npm package that deno.lock holds. */
function lockedVersion(name: string): string {
  const { specifiers } = JSON.parse(Deno.readTextFileSync(join(root, "deno.lock")));
  const found = Object.entries<string>(specifiers)
    .find(([specifier]) => specifier.startsWith(`npm:${name}@`));
  return found?.[1].replace(/_.*/, "") ?? "unknown";
}

/** Sha256 of the code that computes results: a file that changed is a reason not to trust earlier cells. */
function digestSources(): string {
  const hash = createHash("sha256");
  const folders = ["lib", "datasets", "bench/tables"];
  for (const file of folders.flatMap((folder) => listFiles(join(root, folder)).sort())) {
    if (!file.endsWith(".ts")) continue;
    const name = relative(root, file).replaceAll("\\", "/");
    hash.update(`${name}\n`).update(Deno.readFileSync(file));
  }
  return hash.digest("hex");
}
