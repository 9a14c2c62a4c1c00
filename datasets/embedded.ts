/**
 * The seed of the generated images that figures are measured on. The embedded networks were trained on seeds from 1000 on, so they
 * never saw them.
 */
export const shapesTestSeed = 1;

/** The name of a checkpoint that the repository brings along. */
export type EmbeddedName =
  | "shapes-resnet8"
  | "shapes-mlp"
  | "resnet20-cifar10"
  | "resnet20-cifar100";

const files: Readonly<Record<EmbeddedName, string>> = {
  "shapes-resnet8": "./embedded/shapes-resnet8.safetensors",
  "shapes-mlp": "./embedded/shapes-mlp.safetensors",
  "resnet20-cifar10": "./embedded/resnet20-cifar10.safetensors",
  "resnet20-cifar100": "./embedded/resnet20-cifar100.safetensors",
};

/** The names of the checkpoints that the repository brings along. */
export const embeddedNames = Object.keys(files) as readonly EmbeddedName[];

/** The sha256 of each of these files, by which a changed one is recognised. */
export const embeddedSha256: Readonly<Record<EmbeddedName, string>> = {
  "shapes-mlp": "d7a771db417a0ce0bb6d6c5e08100157ebbe5799d2649664683c77447987ab28",
  "shapes-resnet8": "f7e40df7addcb959d7d1d2319be18b7d0f5518209c45ddea0172b9be3afe80d8",
  "resnet20-cifar10": "6c2fe239c0d9d12e0108a1535c18e152df2b9e6c9dcfb32708de041655d00299",
  "resnet20-cifar100": "f648080db2ed1e6cc7148e817e9373767e4564f010148fec70c21ddcd6bbd8ee",
};

/**
 * The address of a checkpoint that the repository brings along, for `loadCheckpoint`: all were trained for this project, and are
 * under its licence.
 *
 * - `shapes-resnet8`: a ResNet-8 with 8, 16 and 32 channels for `generateShapes`, trained by `embedded/train_shapes.ts`
 * - `shapes-mlp`: a multilayer perceptron for the same, trained by `embedded/train_shapes_mlp.ts`
 * - `resnet20-cifar10`, `resnet20-cifar100`: textbook ResNet-20 for CIFAR
 *
 * @throws {RangeError} If there is no checkpoint of that name.
 *
 * @example The embedded network's address
 * ```ts
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(embeddedCheckpoint("shapes-resnet8").href, /shapes-resnet8\.safetensors$/);
 * ```
 */
export function embeddedCheckpoint(name: EmbeddedName): URL {
  if (!Object.hasOwn(files, name)) {
    throw new RangeError(
      `Cannot find the embedded checkpoint "${name}": there are ${embeddedNames.join(", ")}`,
    );
  }
  return new URL(files[name], import.meta.url);
}
