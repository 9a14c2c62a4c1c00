import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { useBackend } from "../../lib/networks/backend.ts";
import { differentiableConvolution } from "../../lib/networks/transposed_convolution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

interface Case {
  readonly area: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly groups?: number;
  readonly inputs?: number;
  readonly outputs?: number;
}

const cases: readonly Case[] = [
  { area: [5, 6], kernel: [3, 3], stride: 1 },
  { area: [5, 6], kernel: [3, 3], stride: 2 },
  { area: [8, 9], kernel: [2, 3], stride: 3 },
  { area: [6, 8], kernel: [2, 2], stride: 2 },
  { area: [7, 8], kernel: [1, 1], stride: 2 },
  { area: [9, 7], kernel: [2, 1], stride: 3 },
  { area: [4, 4], kernel: [4, 4], stride: 1 },
  { area: [6, 5], kernel: [3, 3], stride: 1, groups: 4, inputs: 4, outputs: 4 },
  { area: [6, 7], kernel: [3, 3], stride: 2, groups: 4, inputs: 4, outputs: 4 },
  { area: [5, 5], kernel: [3, 3], stride: 2, groups: 2, inputs: 4, outputs: 6 },
  { area: [5, 5], kernel: [3, 3], stride: 2, groups: 2, inputs: 2, outputs: 6 },
];

function randomTensor(shape: readonly number[], seed: number): tf.Tensor4D {
  const prng = createPrng(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, () => 2 * prng() - 1);
  return tf.tensor4d(values, [...shape] as [number, number, number, number]);
}

Deno.test("differentiableConvolution() has TensorFlow.js's values and derivatives, group by group", async () => {
  await useBackend("wasm");
  for (const { area, kernel, stride, groups = 1, inputs = 3, outputs = 5 } of cases) {
    tf.tidy(() => {
      const x = randomTensor([2, ...area, inputs], 1);
      const perGroup = outputs / groups;
      const filter = randomTensor([...kernel, inputs / groups, outputs], 2);
      const own = differentiableConvolution(filter, { stride, groups }, (make) => make());
      const filters = Array.from(
        { length: groups },
        (_, group) => tf.slice(filter, [0, 0, 0, group * perGroup], [-1, -1, -1, perGroup]),
      );
      const theirs = (x: tf.Tensor) => {
        if (groups === 1) return tf.conv2d(x as tf.Tensor4D, filter, stride, "valid");
        const parts = tf.split<tf.Tensor4D>(x as tf.Tensor4D, groups, 3);
        return tf.concat(parts.map((part, i) => tf.conv2d(part, filters[i]!, stride, "valid")), 3);
      };
      const expected = theirs(x);
      const slopes = randomTensor(expected.shape, 3);
      const pairs = [
        [own(x), expected],
        [
          tf.grad((x) => own(x as tf.Tensor4D))(x, slopes),
          tf.grad(theirs)(x, slopes),
        ],
      ] as const;
      for (const [actual, wanted] of pairs) {
        assertEquals(actual.shape, wanted.shape);
        const values = actual.dataSync();
        wanted.dataSync().forEach((value, i) =>
          assertRelative(
            values[i]!,
            value,
            1e-5,
            `${JSON.stringify({ area, kernel, stride })} ${i}`,
            1,
          )
        );
      }
    });
  }
});
