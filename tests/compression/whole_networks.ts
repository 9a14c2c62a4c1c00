import { assertLess } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { randomPixels } from "../networks/random_networks.ts";

/** Fails unless both networks give random images the same logits, within `tolerance` of the largest; a backend is in use. */
export function assertSameLogits(actual: Checkpoint, expected: Checkpoint, tolerance: number) {
  const logits = (checkpoint: Checkpoint) => {
    const network = buildNetwork(checkpoint);
    const { input: { height }, title } = network.description;
    const values = network.predict(randomPixels(2, height, 7), 2);
    network.dispose();
    return { values, title };
  };
  const { values, title } = logits(expected);
  const scale = Math.max(...values.map(Math.abs));
  const error = Math.max(...logits(actual).values.map((value, i) => Math.abs(value - values[i]!)));
  assertLess(error, tolerance * scale, title);
}
