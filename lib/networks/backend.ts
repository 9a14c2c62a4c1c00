import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

/**
 * Where TensorFlow.js computes: `"wasm"` with SIMD on one core; `"webgpu"`, on the graphics processor, or what stands in for one; or `"cpu"`,
 * plain JavaScript, by far the slowest.
 */
export type Backend = "wasm" | "webgpu" | "cpu";

/** Every backend. */
export const backends: readonly Backend[] = ["wasm", "webgpu", "cpu"];

/**
 * Makes TensorFlow.js compute on a backend, for all networks of this thread.
 *
 * @throws {RangeError} If there is no backend of this name.
 * @throws {Error} If it can't start here.
 *
 * @example
 * ```ts
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { assertRejects } from "@std/assert";
 *
 * await useBackend("wasm");
 * await assertRejects(() => useBackend("abacus" as "wasm"), RangeError, "one of wasm, webgpu, cpu");
 * ```
 */
export async function useBackend(backend: Backend): Promise<void> {
  assertBackendName(backend, backends);
  // Keeps advice about native bindings, which are not for Deno, off the console.
  tf.enableProdMode();
  if (backend === "webgpu") await registerWebgpu();
  if (!await tf.setBackend(backend)) throw unavailable(backend, "it could not be initialized");
}

/** Loads the backend where there is an adapter for it: a run on another backend loads nothing of it. */
async function registerWebgpu(): Promise<void> {
  if (!("gpu" in navigator)) throw unavailable("webgpu", "there is no navigator.gpu");
  if (await navigator.gpu.requestAdapter() === null) {
    throw unavailable("webgpu", "navigator.gpu has no adapter");
  }
  await import("@tensorflow/tfjs-backend-webgpu");
}

function unavailable(backend: Backend, reason: string): Error {
  return new Error(
    `Cannot start TensorFlow.js as its backend ${backend} is not available here: ${reason}`,
  );
}

/** @throws {RangeError} If the name is none of these. */
export function assertBackendName<Name extends string>(
  backend: Name,
  names: readonly Name[],
): void {
  if (!names.includes(backend)) {
    throw new RangeError(
      `Cannot compute networks as backend must be one of ${
        names.join(", ")
      }: current value is ${backend}`,
    );
  }
}
