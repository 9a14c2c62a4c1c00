import type { CellKey, CellTiming, Setting } from "./results.ts";
import type { Scene } from "./scene.ts";

/** What a worker process is asked, a line of JSON each: first the scene, then one thing after the other. */
export type Request =
  | { readonly kind: "open"; readonly scene: Scene }
  | {
    readonly kind: "speed";
    readonly settings: readonly Setting[];
    readonly networks: readonly string[];
  }
  | { readonly kind: "cell"; readonly key: CellKey };

/** What it answers, a line each. */
export type Reply =
  | { readonly kind: "progress"; readonly fraction: number }
  | { readonly kind: "opened" }
  | { readonly kind: "speed"; readonly speed: MeasuredSpeed }
  | { readonly kind: "cell"; readonly result: unknown; readonly timing: CellTiming }
  | { readonly kind: "failed"; readonly message: string };

/** How fast a core of this machine is, in seconds. */
export interface MeasuredSpeed {
  /** To fit and compare both laws: per weight. */
  readonly fit: number;
  /** To quantize in a way, by its name: per weight. */
  readonly quantize: Readonly<Record<string, number>>;
  /** To classify, by the network's label: per image. */
  readonly evaluate: Readonly<Record<string, number>>;
}

/** Stands in front of a reply, so that what a library prints on the same stream is told apart. */
export const replyMark = "bitbell> ";
