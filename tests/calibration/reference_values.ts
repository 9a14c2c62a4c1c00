import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { describeValue } from "../../lib/networks/describe_value.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import type { ChannelMoments } from "../../lib/networks/input_moments.ts";
import { planes } from "../networks/planes.ts";
import { randomPixels } from "../networks/random_networks.ts";
import { interpret } from "../networks/reference.ts";

/** Random images of the size that a network takes. */
export function randomImages({ input }: NetworkDescription, size: number, seed: number): ImageSet {
  const { height, width } = input;
  return {
    name: "noise",
    classes: 1,
    size,
    height,
    width,
    pixels: randomPixels(size, height, seed),
    labels: new Uint16Array(size),
    caveats: [],
  };
}

/** A value of a network on all images, channel by channel, by the interpreter in double precision. */
export function referenceValues(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  value: string,
  { size, pixels }: ImageSet,
): number[][] {
  const source = describeValue(description, value);
  const [channels] = source.nodes.at(-1)!.shape as [number];
  const perChannel: number[][] = Array.from({ length: channels }, () => []);
  for (let image = 0; image < size; image++) {
    const bytes = pixels.subarray(image * pixels.length / size, (image + 1) * pixels.length / size);
    const values = interpret(source, tensors, planes(bytes, description));
    const area = values.length / channels;
    perChannel.forEach((own, channel) =>
      own.push(...values.subarray(channel * area, (channel + 1) * area))
    );
  }
  return perChannel;
}

/** Mean and population variance of each channel, by their definitions. */
export function momentsOf(values: readonly number[][]): ChannelMoments {
  const average = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const mean = Float64Array.from(values, average);
  const variance = Float64Array.from(
    values,
    (own, channel) => average(own.map((number) => (number - mean[channel]!) ** 2)),
  );
  return { mean, variance };
}
