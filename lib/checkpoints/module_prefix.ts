import type { Tensor } from "./checkpoint.ts";

const prefix = "module.";

/** Removes what `torch.nn.DataParallel` puts before every name, if it stands before every name. */
export function stripModulePrefix(
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const entries = [...tensors];
  if (!entries.every(([name]) => name.startsWith(prefix))) return tensors;
  return new Map(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
