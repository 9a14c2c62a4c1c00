import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

/** Where TensorFlow.js computes: `"wasm"` with SIMD on one core, or `"cpu"`, plain JavaScript, about twenty times as slow. */
export type Backend = "wasm" | "cpu";

/** Every backend. */
export const backends: readonly Backend[] = ["wasm", "cpu"];

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
 * await assertRejects(() => useBackend("abacus" as "wasm"), RangeError, "one of wasm, cpu");
 * ```
 */
export async function useBackend(backend: Backend): Promise<void> {
  assertBackend(backend);
  // Keeps advice about native bindings, which are not for Deno, off the console.
  tf.enableProdMode();
  if (!await tf.setBackend(backend)) {
    throw new Error(`Cannot start TensorFlow.js as its backend ${backend} is not available here`);
  }
}

/** @throws {RangeError} If there is no backend of this name. */
export function assertBackend(backend: Backend): void {
  if (!backends.includes(backend)) {
    throw new RangeError(
      `Cannot start TensorFlow.js as backend must be one of ${
        backends.join(", ")
      }: current value is ${backend}`,
    );
  }
}
