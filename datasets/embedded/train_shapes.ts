/**
 * Trains an embedded network, a ResNet-8 of the textbook CIFAR family with 8, 16 and 32 channels (3.2 million multiply-adds an
 * image), on generated shapes and writes it as safetensors:
 *
 *     deno run -A datasets/embedded/train_shapes.ts [output.safetensors]
 *
 * Under ten minutes on one core.
 *
 * The gradients of convolution and batch norm are written out here, as forward convolutions and matrix products, which the wasm
 * backend does with SIMD: it lacks the gradient of a convolution's filter, and its own one of the input is ten times slower.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { embeddedCheckpoint } from "../embedded.ts";
import { shapeClasses } from "../shapes.ts";
import { heInitializer, saveTrained, train, type Trainee } from "./training.ts";

const channels = [8, 16, 32] as const;
const epsilon = 1e-5, statisticsMomentum = 0.1;

type Maps = tf.Tensor4D;
type Filter = tf.Tensor4D;

/** What gradient descent changes: filters [height, width, in, out], matrices [in, out], scales and offsets. */
const weights = new Map<string, tf.Variable>();
/** Running means and variances of the batch norms: what inference uses. */
const statistics = new Map<string, tf.Variable>();

declareWeights();
const trainee: Trainee = { weights, forward, epochs: 10, batch: 64, peakRate: 0.1 };
train(trainee);
await saveTrained(Deno.args[0] ?? embeddedCheckpoint("shapes-resnet8"), trainee, {
  tensors: exportTensors(),
  architecture: "resnet8-cifar",
  notes: { shortcut: "A" },
  command: "deno run -A datasets/embedded/train_shapes.ts",
});

function declareWeights(): void {
  const heNormal = heInitializer();
  const convolution = (name: string, from: number, to: number) =>
    weights.set(`${name}.weight`, heNormal([3, 3, from, to], 9 * from));
  const norm = (name: string, size: number) => {
    weights.set(`${name}.weight`, tf.variable(tf.ones([size])));
    weights.set(`${name}.bias`, tf.variable(tf.zeros([size])));
    statistics.set(`${name}.running_mean`, tf.variable(tf.zeros([size])));
    statistics.set(`${name}.running_var`, tf.variable(tf.ones([size])));
  };
  convolution("conv1", 3, channels[0]);
  norm("bn1", channels[0]);
  let from: number = channels[0];
  channels.forEach((to, stage) => {
    convolution(`layer${stage + 1}.0.conv1`, from, to);
    norm(`layer${stage + 1}.0.bn1`, to);
    convolution(`layer${stage + 1}.0.conv2`, to, to);
    norm(`layer${stage + 1}.0.bn2`, to);
    from = to;
  });
  weights.set("linear.weight", heNormal([from, shapeClasses.length], from));
  weights.set("linear.bias", tf.variable(tf.zeros([shapeClasses.length])));
}

/** The network: one batch of images to logits. Training takes each batch's own statistics and updates the running ones. */
function forward(images: Maps, training: boolean): tf.Tensor2D {
  const weight = (name: string) => weights.get(name)!;
  const layer = (x: Maps, convolution: string, norm: string, stride: 1 | 2) =>
    batchNorm(convolve(x, weight(`${convolution}.weight`) as Filter, stride), norm, training);
  let x = tf.relu(layer(images, "conv1", "bn1", 1));
  for (const stage of [1, 2, 3]) {
    const block = `layer${stage}.0`, stride = stage === 1 ? 1 : 2;
    const inner = tf.relu(layer(x, `${block}.conv1`, `${block}.bn1`, stride));
    const branch = layer(inner, `${block}.conv2`, `${block}.bn2`, 1);
    const shortcut = stride === 1 ? x : convolve(x, paddingFilter(x.shape[3], branch.shape[3]), 2);
    x = tf.relu(tf.add(branch, shortcut));
  }
  const features = tf.mean(x, [1, 2]) as tf.Tensor2D;
  return tf.add(tf.matMul(features, weight("linear.weight") as tf.Tensor2D), weight("linear.bias"));
}

/** The shortcut of option A as a 1x1 convolution: every other pixel, new channels of zeros, half of them on each side. */
function paddingFilter(from: number, to: number): Filter {
  const before = (to - from) / 2;
  return tf.pad(tf.eye(from), [[0, 0], [before, to - from - before]]).reshape([1, 1, from, to]);
}

/**
 * Convolution with padding that keeps the size (at stride 1), whose two gradients are forward convolutions as well.
 *
 * - The input's gradient: the output's, spread by the stride, convolved with the filter turned by 180 degrees.
 * - The filter's: with batch and channels swapped, the input convolved with the output's gradient as a filter as large as the
 *   image, dilated by the stride.
 */
function convolve(x: Maps, filter: Filter, stride: 1 | 2): Maps {
  const [height, width] = filter.shape;
  const padding = (height - 1) / 2;
  const operation = tf.customGrad((...inputs) => {
    const [x, filter, save] = inputs as unknown as [Maps, Filter, tf.GradSaveFunc];
    save([x, filter]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, filter] = saved as [Maps, Filter];
      const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
      const inputGradient = () => tf.conv2d(spread(dy as Maps, stride), turned, 1, padding);
      const filterGradient = () => {
        // At stride 2 the last row and column of the padding meet no output.
        const after = padding - (stride - 1);
        const padded = padding === 0
          ? x
          : tf.pad(x, [[0, 0], [padding, after], [padding, after], [0, 0]]);
        const images = tf.transpose(padded, [3, 1, 2, 0]) as Maps;
        const gradient = tf.transpose(dy, [1, 2, 0, 3]) as Filter;
        const swapped = tf.conv2d(images, gradient, 1, "valid", "NHWC", stride);
        return tf.transpose(tf.slice(swapped, 0, [-1, height, width, -1]), [1, 2, 0, 3]);
      };
      return [inputGradient(), filterGradient()];
    };
    return { value: tf.conv2d(x, filter, stride, padding), gradFunc };
  });
  return operation(x, filter) as Maps;
}

/** Puts each pixel at the upper left of a square of `stride` x `stride`, the rest of it zero. */
function spread(x: Maps, stride: 1 | 2): Maps {
  if (stride === 1) return x;
  const [size, height, width, depth] = x.shape;
  const columns = tf.concat([x, tf.zerosLike(x)], 3).reshape([size, height, 2 * width * depth]);
  return tf.concat([columns, tf.zerosLike(columns)], 2).reshape([
    size,
    2 * height,
    2 * width,
    depth,
  ]);
}

/** Batch norm; in training its gradient is the closed form (Ioffe and Szegedy 2015, section 3). */
function batchNorm(x: Maps, name: string, training: boolean): Maps {
  const gamma = weights.get(`${name}.weight`) as tf.Tensor1D;
  const beta = weights.get(`${name}.bias`) as tf.Tensor1D;
  const runningMean = statistics.get(`${name}.running_mean`)!;
  const runningVariance = statistics.get(`${name}.running_var`)!;
  if (!training) {
    const [mean, variance] = [runningMean, runningVariance] as unknown as tf.Tensor1D[];
    return tf.batchNorm(x, mean!, variance!, beta, gamma, epsilon) as Maps;
  }
  const [, , width, depth] = x.shape;
  const count = x.size / depth;
  /** Rows of one image line each, and a vector over the channels repeated along the line: broadcasting long rows is fast. */
  const lines = (maps: tf.Tensor) => maps.reshape([-1, width * depth]);
  const along = (vector: tf.Tensor) => tf.tile(vector, [width]);
  const channelSums = (lines: tf.Tensor) =>
    tf.matMul(tf.ones([1, count]), lines.reshape([count, depth]) as tf.Tensor2D).reshape([depth]);
  const operation = tf.customGrad((...inputs) => {
    const [x, gamma, beta, save] = inputs as unknown as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.GradSaveFunc,
    ];
    const mean = tf.div(channelSums(x), count);
    const centred = tf.sub(lines(x), along(mean));
    const variance = tf.div(channelSums(tf.square(centred)), count);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normalized = tf.mul(centred, along(inverse));
    update(runningMean, mean);
    update(runningVariance, tf.mul(variance, count / (count - 1)));
    save([normalized, tf.mul(gamma, inverse)]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normalized, scale] = saved as [tf.Tensor, tf.Tensor];
      const slopes = lines(dy);
      const gammaGradient = channelSums(tf.mul(slopes, normalized));
      const betaGradient = channelSums(slopes);
      const centredSlopes = tf.sub(slopes, along(tf.div(betaGradient, count)));
      const projection = tf.mul(normalized, along(tf.div(gammaGradient, count)));
      const inputGradient = tf.mul(tf.sub(centredSlopes, projection), along(scale));
      return [inputGradient.reshape(x.shape), gammaGradient, betaGradient];
    };
    const value = tf.add(tf.mul(normalized, along(gamma)), along(beta)).reshape(x.shape);
    return { value, gradFunc };
  });
  return operation(x, gamma, beta) as Maps;
}

function update(running: tf.Variable, current: tf.Tensor): void {
  running.assign(
    tf.add(tf.mul(running, 1 - statisticsMomentum), tf.mul(current, statisticsMomentum)),
  );
}

/** The weights in PyTorch's layout, in the order in which its state_dict lists them. */
function exportTensors(): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, tensor: tf.Tensor) =>
    tensors.set(name, { shape: tensor.shape, data: tensor.dataSync() as Float32Array });
  for (const [name, weight] of weights) {
    const order = weight.rank === 4 ? [3, 2, 0, 1] : weight.rank === 2 ? [1, 0] : undefined;
    add(name, order === undefined ? weight : tf.transpose(weight, order));
    const norm = name.replace(/\.bias$/, "");
    for (const statistic of [`${norm}.running_mean`, `${norm}.running_var`]) {
      const running = norm === name ? undefined : statistics.get(statistic);
      if (running !== undefined) add(statistic, running);
    }
  }
  return tensors;
}
