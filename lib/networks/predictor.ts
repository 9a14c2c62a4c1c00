import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { assertBackendName, type Backend, backends, useBackend } from "./backend.ts";
import { buildDescribed } from "./build.ts";
import type { NetworkDescription } from "./description.ts";

/** What computes a network: a backend of TensorFlow.js, or `"onnx"`, the native onnxruntime, which is an optional dependency. */
export type EvaluationBackend = Backend | "onnx";

/** Every one of them. */
export const evaluationBackends: readonly EvaluationBackend[] = [...backends, "onnx"];

/** A network that computes, whatever it computes with. */
export interface Predictor {
  readonly description: NetworkDescription;
  /**
   * The logits, `[size, classes]` row by row, of images given as bytes R G B, `[size, height, width, 3]`.
   *
   * @throws {RangeError} If the number of bytes is another.
   */
  predict(pixels: Uint8Array, size: number): Promise<Float32Array>;
  /** Frees its memory; it predicts no more. */
  close(): void;
}

/** Options of {@linkcode openPredictor}. */
export interface PredictorOptions {
  /** What computes. TensorFlow.js has one backend for all of a thread: that of the predictor opened last. @default {"wasm"} */
  readonly backend?: EvaluationBackend;
  /** On how many threads onnxruntime computes; TensorFlow.js does on one. @default {1} */
  readonly threads?: number;
}

/**
 * Builds a network whose description was read off these tensors, on a backend. Nothing of a backend is loaded before it is asked for.
 *
 * @throws {TypeError} If a tensor's data disagree with its shape.
 * @throws {RangeError} If a tensor has a value that is not finite, there is no such backend, or `threads` is not an integer in [1, 256].
 * @throws {Error} If the backend can't start here.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, openPredictor } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const predictor = await openPredictor(describeNetwork(checkpoint), checkpoint.tensors);
 * const { pixels, size } = generateShapes({ size: 20, seed: 1 });
 * const logits = await predictor.predict(pixels, size);
 * predictor.close();
 * assertEquals(logits.length, 20 * 10);
 * ```
 */
export async function openPredictor(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  { backend = "wasm", threads = 1 }: PredictorOptions = {},
): Promise<Predictor> {
  assertBackendName(backend, evaluationBackends);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new RangeError(
      `Cannot compute ${description.title} as threads must be an integer in [1, 256]: current value is ${threads}`,
    );
  }
  if (backend === "onnx") {
    const { openOnnxPredictor } = await import("./onnx_predictor.ts");
    return await openOnnxPredictor(description, tensors, { threads });
  }
  await useBackend(backend);
  const network = buildDescribed(description, tensors);
  return {
    description,
    predict: network.predictAsync,
    close: network.dispose,
  };
}
