import { type PickleGlobal, unread } from "./pickle.ts";
import { parseShape, parseWholeNumbers, type StridedView } from "./strided.ts";

/** What a storage of a checkpoint holds: `type` is PyTorch's name of it, supported by this library or not. */
export interface StorageType extends PickleGlobal {
  readonly type: string;
  readonly itemSize: number;
}

/** The flat array under one or several tensors, by its key in the container; `size` in values. */
export interface StorageReference {
  readonly kind: "storage";
  readonly key: string;
  readonly size: number;
  readonly storageType: StorageType;
}

/** A tensor as the pickle describes it: nothing is read before somebody asks for its values. */
export interface TensorReference extends StridedView {
  readonly kind: "tensor";
  readonly storage: StorageReference;
}

export function isTensorReference(value: unknown): value is TensorReference {
  return isKind(value, "tensor");
}

function isStorageReference(value: unknown): value is StorageReference {
  return isKind(value, "storage");
}

function isKind(value: unknown, kind: string): boolean {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

const storageTypes: readonly (readonly [name: string, type: string, itemSize: number])[] = [
  ["Double", "float64", 8],
  ["Float", "float32", 4],
  ["Half", "float16", 2],
  ["BFloat16", "bfloat16", 2],
  ["Long", "int64", 8],
  ["Int", "int32", 4],
  ["Short", "int16", 2],
  ["Char", "int8", 1],
  ["Byte", "uint8", 1],
  ["Bool", "bool", 1],
  ["ComplexDouble", "complex128", 16],
  ["ComplexFloat", "complex64", 8],
  ["QInt8", "qint8", 1],
  ["QUInt8", "quint8", 1],
  ["QInt32", "qint32", 4],
];

/** Types and devices that may stand beside the weights, as plain names. */
const plainNames = [
  ...[
    "float64",
    "double",
    "float32",
    "float",
    "float16",
    "half",
    "bfloat16",
    "complex64",
    "complex128",
  ],
  ...["int64", "long", "int32", "int", "int16", "short", "int8", "uint8", "bool"],
  ...["Tensor", "nn.parameter.Parameter", "nn.parameter.Buffer"],
].map((name) => `torch.${name}`);

/** Calls whose result no weight depends on: sets, bytes, NumPy scalars (an accuracy, say), devices, memory layouts. */
const unreadCalls = [
  ...["__builtin__", "builtins"].flatMap((module) =>
    ["set", "frozenset", "bytes", "bytearray"].map((name) => `${module}.${name}`)
  ),
  "_codecs.encode",
  "numpy.dtype",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray.scalar",
  "torch.device",
  "torch.serialization._get_layout",
];

const calls: Readonly<Record<string, (parameters: readonly unknown[]) => unknown>> = {
  "collections.OrderedDict": readOrderedDict,
  "torch.Size": ([lengths]) => parseShape(lengths),
  "torch._utils._rebuild_tensor": readTensor,
  "torch._utils._rebuild_tensor_v2": readTensor,
  "torch._utils._rebuild_parameter": ([tensor]) => tensor,
  "torch._utils._rebuild_parameter_with_state": ([tensor]) => tensor,
  "torch._tensor._rebuild_from_type_v2": readSubclass,
};

/** Everything that a checkpoint's pickle may name. */
export const pytorchGlobals: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...storageTypes.map(([name, type, itemSize]): StorageType => ({
      name: `torch.${name}Storage`,
      type,
      itemSize,
    })),
    ...plainNames.map((name) => ({ name })),
    ...unreadCalls.map((name) => ({ name, call: () => unread })),
    ...Object.entries(calls).map(([name, call]) => ({ name, call })),
  ].map((global) => [global.name, global]),
);

/** Parameters of PyTorch: storage, storage_offset, size, stride, and some that concern gradients. */
function readTensor(parameters: readonly unknown[]): TensorReference {
  const [storage, offset, shape, strides] = parameters;
  if (!isStorageReference(storage)) throw new SyntaxError("the tensor has no storage");
  const [start] = parseWholeNumbers([offset], "storage offset");
  return {
    kind: "tensor",
    storage,
    offset: start!,
    shape: parseShape(shape),
    strides: parseWholeNumbers(strides, "strides"),
  };
}

/** A tensor that carries attributes of its own: the function that builds the plain one, its class, its parameters. */
function readSubclass([build, _class, parameters]: readonly unknown[]): unknown {
  const plain = [readTensor, calls["torch._utils._rebuild_parameter"]];
  const call = isGlobal(build) ? build.call : undefined;
  if (!call || !plain.includes(call) || !Array.isArray(parameters)) {
    throw new SyntaxError("the tensor is built in an unknown way");
  }
  return call(parameters);
}

function isGlobal(value: unknown): value is PickleGlobal {
  return typeof value === "object" && value !== null && "name" in value &&
    typeof value.name === "string" && pytorchGlobals.get(value.name) === value;
}

/** Python 2 wrote the items as a parameter; later versions fill the dictionary afterwards. */
function readOrderedDict([items = []]: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map();
  if (!Array.isArray(items)) throw new SyntaxError("the items are not a list");
  for (const item of items) {
    if (!Array.isArray(item) || item.length !== 2) throw new SyntaxError("an item is not a pair");
    map.set(item[0], item[1]);
  }
  return map;
}

/** Reads PyTorch's persistent id `("storage", type, key, location, size)` and, in the legacy stream, a view of it. */
export function readStorage(id: unknown): StorageReference {
  if (!Array.isArray(id) || id[0] !== "storage") throw new SyntaxError("it is not a storage");
  const [, storageType, key, , size, view = null] = id;
  if (!isStorageType(storageType)) throw new SyntaxError("the storage has no type");
  if (typeof key !== "string") throw new SyntaxError("the storage has no key");
  if (!Number.isSafeInteger(size) || size < 0) throw new SyntaxError("the storage has no size");
  if (view !== null) throw new SyntaxError("a view of a storage (PyTorch before 0.4) is not read");
  return { kind: "storage", key, size, storageType };
}

function isStorageType(value: unknown): value is StorageType {
  return isGlobal(value) && "itemSize" in value;
}
