const formats = [
  "pytorch-zip",
  "pytorch-legacy",
  "safetensors",
  "npy",
  "npz",
  "tfjs-layers",
] as const;

/** The format of a file that a checkpoint came from, as `metadata.format` gives it. */
export type CheckpointFormat = typeof formats[number];

/** Adds where a checkpoint came from, unless the file itself has a word on its format. */
export function withFormat(
  format: CheckpointFormat,
  metadata: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return { format, ...metadata };
}

/** Takes out what `withFormat` has added: it is about the file that was read, not the one to be written. */
export function withoutFormat(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { format, ...rest } = metadata;
  return formats.some((known) => known === format) ? rest : metadata;
}
