import { assertEquals, assertLess } from "@std/assert";
import type { Checkpoint, Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { readFixture } from "../fixture.ts";

interface Reference {
  readonly title: string;
  /** Of the image, in pixels. */
  readonly side: number;
  /** Of the state_dict, in its order. */
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly logits: readonly number[];
}

const { networks } = readFixture<{ readonly networks: readonly Reference[] }>(
  "networks/torchvision_logits.json",
);

/** The generator of fixtures/networks/torchvision_logits.py, 32 bits at a time. */
function createGenerator(): () => number {
  let state = 1;
  return () => state = (Math.imul(1664525, state) + 1013904223) >>> 0;
}

function filledCheckpoint({ tensors }: Reference, generate: () => number): Checkpoint {
  const filled = new Map<string, Tensor>();
  for (const [name, shape] of tensors) {
    if (name.endsWith("num_batches_tracked")) {
      filled.set(name, { shape, data: new BigInt64Array(1) });
      continue;
    }
    const size = shape.reduce((product, n) => product * n, 1);
    const limit = Math.sqrt(6 / (size / shape[0]!));
    const positive = /\.(running_var|weight)$/.test(name);
    const data = Float32Array.from({ length: size }, () => {
      const uniform = generate() / 2 ** 32;
      return shape.length > 1
        ? (2 * uniform - 1) * limit
        : positive
        ? 0.5 + uniform
        : uniform - 0.5;
    });
    filled.set(name, { shape, data });
  }
  return { tensors: filled, metadata: { normalization: "mean .485 .456 .406 std .229 .224 .225" } };
}

for (const reference of networks) {
  Deno.test(`predict() gives PyTorch's logits of ${reference.title}`, async () => {
    await useBackend("wasm");
    const generate = createGenerator();
    const network = buildNetwork(filledCheckpoint(reference, generate));
    const pixels = Uint8Array.from({ length: reference.side ** 2 * 3 }, () => generate() >>> 24);
    const actual = network.predict(pixels, 1);
    network.dispose();
    const { logits, title } = reference;
    assertEquals([network.description.title, actual.length], [title, logits.length]);
    const scale = Math.max(...logits.map(Math.abs));
    const error = Math.max(...logits.map((value, i) => Math.abs(value - actual[i]!)));
    assertLess(error, 1e-5 * scale);
  });
}
