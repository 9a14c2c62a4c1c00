import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { assertImages } from "./assert_images.ts";
import type { NetworkDescription } from "./description.ts";
import { onnxModel } from "./onnx_model.ts";
import type { Predictor } from "./predictor.ts";

/**
 * The optional package, to the digit: it stands in no lock file, as Deno downloads all that is in there. For the same reason it is
 * imported by this constant, which Deno doesn't see before it runs.
 */
export const onnxPackage = "npm:onnxruntime-node@1.30.0";

/** What is used of onnxruntime-node; its own types would have to be downloaded with it. */
interface Onnxruntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly Tensor: new (type: "uint8", data: Uint8Array, dims: readonly number[]) => unknown;
}

interface Session {
  run(
    inputs: { readonly input: unknown },
  ): Promise<{ readonly logits: { readonly data: Float32Array } }>;
  release(): Promise<void>;
}

/**
 * Builds a network in onnxruntime, natively on this machine's processor. It computes in this thread, which waits for it, and in
 * `threads - 1` others.
 *
 * Needs the package onnxruntime-node, which Deno gets when this is first called, and leave to load it: `--allow-ffi` and `--allow-read`.
 * Its install script is not needed.
 *
 * @throws {TypeError} If a tensor is missing, or its data disagree with its shape.
 * @throws {RangeError} If a tensor has a value that is not finite.
 * @throws {Error} If onnxruntime-node can't be loaded or refuses the network; its error is the cause.
 */
export async function openOnnxPredictor(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  { threads }: { readonly threads: number },
): Promise<Predictor> {
  const { title, input: { height, width } } = description;
  const model = onnxModel(description, tensors, { input: "bytes" });
  const { InferenceSession, Tensor } = await loadOnnxruntime();
  // A session for each set of weights: with weights that are constants onnxruntime packs the filters, and lays feature maps out for
  // them, which with weights as inputs it can't, and which saves far more than a new session takes.
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  let closed = false;
  let busy: Promise<unknown> = Promise.resolve();

  return {
    description,
    async predict(pixels, size) {
      if (closed) throw new Error(`Cannot predict as this ${title} was closed`);
      assertImages(description, pixels.length, size);
      // It can't read memory that threads share.
      const bytes = pixels.buffer instanceof SharedArrayBuffer ? pixels.slice() : pixels;
      const run = session.run({ input: new Tensor("uint8", bytes, [size, height, width, 3]) });
      busy = Promise.allSettled([busy, run]);
      const { logits } = await run;
      return logits.data;
    },
    close() {
      if (closed) return;
      closed = true;
      busy.then(() => session.release());
    },
  };
}

async function loadOnnxruntime(): Promise<Onnxruntime> {
  try {
    return await import(onnxPackage);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot evaluate with onnxruntime-node as it can't be loaded: ${reason}`, {
      cause,
    });
  }
}
