import {
  inputModels,
  type InputMoments,
  outputProduct,
} from "../../lib/compression/input_model.ts";
import { forEachChannel } from "../../lib/compression/output_rounding.ts";
import { type QuantizedTensor, reconstruct } from "../../lib/compression/quantized_tensor.ts";

/**
 * What part of a layer's outputs is error: the mean square of the errors that reach them over their own, all channels together, as expected of inputs
 * with these moments. Channels of small outputs count little, unlike in `outputError`. 0 for a layer of zeros. O(weights x kernel positions).
 */
export function outputNoise(
  weights: Float32Array,
  quantized: QuantizedTensor,
  moments?: InputMoments,
): number {
  const values = reconstruct(quantized);
  let noise = 0, signal = 0;
  const models = inputModels(quantized.shape, moments);
  forEachChannel(quantized.shape, models, ({ start, end, model }) => {
    const channel = Float64Array.from(weights.subarray(start, end));
    const errors = channel.map((weight, i) => values[start + i]! - weight);
    noise += outputProduct(model, errors, errors);
    signal += outputProduct(model, channel, channel);
  });
  return signal > 0 ? noise / signal : 0;
}
