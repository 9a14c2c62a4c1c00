import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../networks/description.ts";
import type { EvaluationBackend } from "../networks/predictor.ts";

/** What a worker is asked: once to open the images, then to load a network, then to rank labels with it. */
export type Request =
  | {
    readonly kind: "open";
    readonly backend: EvaluationBackend;
    readonly labels: Uint16Array;
    /** Bytes of one image. */
    readonly stride: number;
    /** Of all images, in shared memory; without them each batch comes with its own. */
    readonly pixels?: Uint8Array;
  }
  | {
    readonly kind: "load";
    readonly description: NetworkDescription;
    readonly tensors: Checkpoint["tensors"];
  }
  | {
    readonly kind: "rank";
    readonly from: number;
    readonly to: number;
    /** Of these images, in memory of their own, which is handed over. */
    readonly pixels?: Uint8Array<ArrayBuffer>;
  };

/** What it answers; of images, the ranks of their labels. */
export type Reply =
  | { readonly kind: "done"; readonly ranks?: Uint16Array }
  | { readonly kind: "failed"; readonly name: string; readonly message: string }
  /** It met an error after which it is not to be trusted: its last word. */
  | { readonly kind: "broken"; readonly message: string };

/** What it says unasked: that it holds the lock of its own name, which is released when it ends, however it does. */
export type Notice = { readonly kind: "alive" };
