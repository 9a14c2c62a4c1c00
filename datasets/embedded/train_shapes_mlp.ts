/**
 * Trains the embedded network without convolutions, a multilayer perceptron on means of 4x4 pixels with layers of 192, 96 and 64, on
 * generated shapes and writes it as safetensors:
 *
 *     deno run -A datasets/embedded/train_shapes_mlp.ts [output.safetensors]
 */
import * as tf from "@tensorflow/tfjs";
import { embeddedCheckpoint } from "../embedded.ts";
import { shapeClasses } from "../shapes.ts";
import { heInitializer, saveTrained, train, type Trainee } from "./training.ts";

const window = 4;
const widths = [3 * (32 / window) ** 2, 192, 96, 64, shapeClasses.length] as const;

const weights = new Map<string, tf.Variable>();
const initialize = heInitializer();
const layers = widths.slice(1).map((outputs, i) => {
  const inputs = widths[i]!;
  const matrix = initialize([outputs, inputs], inputs) as tf.Variable<tf.Rank.R2>;
  const bias = tf.variable(tf.zeros([outputs]));
  weights.set(`layers.${i}.weight`, matrix).set(`layers.${i}.bias`, bias);
  return { matrix, bias };
});

const trainee: Trainee = {
  weights,
  epochs: 30,
  batch: 128,
  peakRate: 0.1,
  forward(images) {
    const pooled = tf.avgPool(images, window, window, "valid");
    // Channel by channel, as a description flattens.
    const pixels = tf.reshape<tf.Rank.R2>(tf.transpose(pooled, [0, 3, 1, 2]), [-1, widths[0]]);
    return layers.reduce(
      (x, { matrix, bias }, i) =>
        tf.add(tf.matMul(i === 0 ? x : tf.relu(x), matrix, false, true), bias),
      pixels,
    );
  },
};

train(trainee);
await saveTrained(Deno.args[0] ?? embeddedCheckpoint("shapes-mlp"), trainee, {
  tensors: new Map(
    [...weights].map(([name, weight]) => [
      name,
      { shape: weight.shape, data: weight.dataSync() as Float32Array },
    ]),
  ),
  architecture: "mlp",
  command: "deno run -A datasets/embedded/train_shapes_mlp.ts",
});
