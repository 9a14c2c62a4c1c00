import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { buildDescribed } from "../networks/build.ts";
import { describeValue } from "../networks/describe_value.ts";
import type { NetworkDescription } from "../networks/description.ts";
import type { ChannelMoments } from "../networks/input_moments.ts";
import { imageBatches } from "./image_batches.ts";

/**
 * Mean and population variance of each channel of one of a network's values, over images and positions. In double precision,
 * about the first image's means; memory doesn't depend on the number of images.
 */
export async function channelMoments(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  value: string,
  { dataset, signal }: { readonly dataset: ImageSet; readonly signal?: AbortSignal | undefined },
): Promise<ChannelMoments> {
  const source = describeValue(description, value);
  const [channels, height = 1, width = 1] = source.nodes.at(-1)!.shape as [
    number,
    number?,
    number?,
  ];
  const area = height * width;
  const sums = new Float64Array(channels), squares = new Float64Array(channels);
  let centre: Float64Array | undefined;
  const network = buildDescribed(source, tensors);
  try {
    for await (const { size, pixels } of imageBatches(dataset, signal)) {
      const values = network.predict(pixels, size);
      centre ??= firstMeans(values, channels, area);
      for (let i = 0, channel = 0; i < values.length; i++) {
        const deviation = values[i]! - centre[channel]!;
        sums[channel]! += deviation;
        squares[channel]! += deviation * deviation;
        if (++channel === channels) channel = 0;
      }
    }
  } finally {
    network.dispose();
  }
  const count = dataset.size * area;
  const shift = sums.map((sum) => sum / count);
  return {
    mean: shift.map((deviation, channel) => centre![channel]! + deviation),
    variance: squares.map((square, channel) =>
      Math.max(0, square / count - shift[channel]! * shift[channel]!)
    ),
  };
}

function firstMeans(values: Float32Array, channels: number, area: number): Float64Array {
  const means = new Float64Array(channels);
  for (let i = 0; i < channels * area; i++) means[i % channels]! += values[i]! / area;
  return means;
}
