import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Backend } from "../networks/backend.ts";
import type { NetworkDescription } from "../networks/description.ts";

/** What a worker is asked: once to open the images, then to load a network, then to rank labels with it. */
export type Request =
  | {
    readonly kind: "open";
    readonly backend: Backend;
    /** In shared memory. */
    readonly pixels: Uint8Array;
    readonly labels: Uint16Array;
    /** Bytes of one image. */
    readonly stride: number;
  }
  | {
    readonly kind: "load";
    readonly description: NetworkDescription;
    readonly tensors: Checkpoint["tensors"];
  }
  | { readonly kind: "rank"; readonly from: number; readonly to: number };

/** What it answers; of images, the ranks of their labels. */
export type Reply =
  | { readonly kind: "done"; readonly ranks?: Uint16Array }
  | { readonly kind: "failed"; readonly name: string; readonly message: string };
