import { join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { onnxPackage } from "../lib/networks/onnx_predictor.ts";
import { lockedVersion } from "./locked_version.ts";
import { type BenchOptions, selectionOf } from "./options.ts";
import type { BenchHeader } from "./results.ts";
import type { Scene } from "./scene.ts";

const root = join(import.meta.dirname!, "..");

/** The packages that compute, by backend: another version may round otherwise. */
const packages = {
  wasm: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
  webgpu: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-webgpu"],
  cpu: ["@tensorflow/tfjs"],
  // Attacks follow the gradient of TensorFlow.js.
  onnx: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
} as const;

/** What a run is about, and what it is made with. */
export function makeHeader(options: BenchOptions, scene: Scene): BenchHeader {
  const commit = findCommit();
  return {
    format: "bitbell-bench-2",
    versions: {
      bitbell: config.version,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      ...Object.fromEntries(packages[options.backend].map((name) => [name, lockedVersion(name)])),
      ...(options.backend === "onnx" && { onnxruntime: onnxPackage.replace("npm:", "") }),
    },
    ...(commit === undefined ? {} : { commit }),
    selection: selectionOf(options),
    networks: scene.networks.map(({ record }) => record),
    sets: scene.sets.map(({ record }) => record),
  };
}

/** The commit that is checked out; undefined where git or its repository is missing. */
function findCommit(): string | undefined {
  const commit = git("rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}-dirty`;
}

function git(...args: readonly string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", {
      args: [...args],
      cwd: root,
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
