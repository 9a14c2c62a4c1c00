import * as tf from "@tensorflow/tfjs";
import type { MakeConvolution } from "./plain_network.ts";

/**
 * Convolutions whose derivative with respect to their input is itself a convolution, of the slopes with zeros between them and
 * the filter turned round: TensorFlow.js's own derivative is a plain loop on wasm, and there is none of depthwise convolutions.
 */
export const differentiableConvolution: MakeConvolution = (filter, { stride, groups }, keep) => {
  const [height, width, inputs, outputs] = filter.shape;
  if (inputs === 1 && groups === outputs) {
    const forwards = keep(() => tf.reshape<tf.Rank.R4>(filter, [height, width, groups, 1]));
    const backwards = keep(() => tf.reverse(forwards, [0, 1]));
    return withTransposed(
      (x) => tf.depthwiseConv2d(x, forwards, stride, "valid"),
      (slopes) => tf.depthwiseConv2d(slopes, backwards, 1, "valid"),
      { height, width, stride },
    );
  }
  const size = outputs / groups;
  const convolutions = Array.from({ length: groups }, (_, group) => {
    const forwards = groups === 1
      ? filter
      : keep(() => tf.slice(filter, [0, 0, 0, group * size], [height, width, inputs, size]));
    const backwards = keep(() => tf.transpose(tf.reverse(forwards, [0, 1]), [0, 1, 3, 2]));
    return withTransposed(
      (x) => tf.conv2d(x, forwards, stride, "valid"),
      (slopes) => tf.conv2d(slopes, backwards, 1, "valid"),
      { height, width, stride },
    );
  });
  if (groups === 1) return convolutions[0]!;
  return (x) =>
    tf.concat(tf.split<tf.Tensor4D>(x, groups, 3).map((part, i) => convolutions[i]!(part)), 3);
};

type Convolution = (x: tf.Tensor4D) => tf.Tensor4D;

/** A convolution without padding whose derivative is computed by another one, of stride 1. */
function withTransposed(
  forwards: Convolution,
  backwards: Convolution,
  { height, width, stride }: {
    readonly height: number;
    readonly width: number;
    readonly stride: number;
  },
): Convolution {
  const operation = tf.customGrad((x) => {
    const input = x as tf.Tensor4D;
    const [size, rows, columns, channels] = input.shape;
    return {
      value: forwards(input),
      gradFunc: (slopes: tf.Tensor) => {
        const spread = dilate(slopes as tf.Tensor4D, stride);
        const bottom = rows - spread.shape[1], right = columns - spread.shape[2];
        const padded = tf.pad(spread, [
          [0, 0],
          [height - 1, Math.max(0, bottom)],
          [width - 1, Math.max(0, right)],
          [0, 0],
        ]);
        const derivative = backwards(padded);
        // Where a filter is smaller than its stride, zeros may stand behind the last row.
        return bottom >= 0 && right >= 0
          ? derivative
          : tf.slice(derivative, [0, 0, 0, 0], [size, rows, columns, channels]);
      },
    };
  });
  return (x) => operation(x) as tf.Tensor4D;
}

/** `stride - 1` zeros behind each row and column. */
function dilate(slopes: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return slopes;
  const [size, rows, columns, channels] = slopes.shape;
  const zeros: [number, number][] = [[0, 0], [0, 0], [0, stride - 1], [0, 0]];
  const wide = tf.pad(tf.reshape(slopes, [size * rows, columns, 1, channels]), zeros);
  const width = columns * stride;
  const high = tf.pad(tf.reshape(wide, [size, rows, 1, width * channels]), zeros);
  return tf.reshape(high, [size, rows * stride, width, channels]);
}
