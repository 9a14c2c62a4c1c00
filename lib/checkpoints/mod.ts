/**
 * Weights of trained networks: read from PyTorch, safetensors, NumPy and TensorFlow.js files, written as safetensors and for NumPy.
 *
 * @module
 */
export { type Checkpoint, isFloating, type Tensor, type TensorData } from "./checkpoint.ts";
export { loadCheckpoint } from "./load.ts";
export { parseNpy } from "./npy.ts";
export { parseNpz, serializeNpz } from "./npz.ts";
export type { ParseOptions } from "./parse_options.ts";
export { parsePyTorch } from "./pytorch.ts";
export { parseSafetensors, serializeSafetensors } from "./safetensors.ts";
export { saveCheckpoint } from "./save.ts";
