import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildDescribed } from "../../lib/networks/build.ts";
import { onnxModel } from "../../lib/networks/onnx_model.ts";
import { parseNormalization } from "../../lib/networks/normalization.ts";
import { readFixture } from "../fixture.ts";
import { onnxExamples, onnxVariants, writeExample } from "./onnx_networks.ts";
import { relativeError } from "./relative_error.ts";

/** What Python's onnx makes of the files: see fixtures/onnx/generate.py. */
const fixture = readFixture<{
  readonly examples: readonly {
    readonly name: string;
    readonly sha256: Readonly<Record<string, string>>;
    readonly opset: readonly number[];
    readonly operators: readonly string[];
    readonly metadata: Readonly<Record<string, string>>;
    readonly logits: readonly (readonly number[])[];
  }[];
}>("onnx/logits.json");

const examples = onnxExamples();

Deno.test("onnxModel() writes the files that onnx.checker accepts", async () => {
  assertEquals(fixture.examples.map(({ name }) => name), examples.map(({ name }) => name));
  for (const [i, example] of examples.entries()) {
    const { sha256 } = fixture.examples[i]!;
    for (const [variant, options] of Object.entries(onnxVariants)) {
      const written = await writeExample(example, options);
      const what = `${example.name}, ${variant}: another file; does generate.py accept it?`;
      assertEquals(written.sha256, sha256[variant], what);
    }
  }
});

Deno.test("onnxModel() means what TensorFlow.js computes, by ONNX's reference implementation", async () => {
  await useBackend("wasm");
  for (const [i, { name, description, tensors, pixels, size }] of examples.entries()) {
    const network = buildDescribed(description, tensors);
    const logits = network.predict(pixels, size);
    network.dispose();
    assertLess(relativeError(logits, fixture.examples[i]!.logits.flat()), 1e-5, name);
  }
});

Deno.test("onnxModel() writes metadata from which the network can be run", () => {
  for (const [i, { description }] of examples.entries()) {
    const { opset, metadata: { normalization, ...others } } = fixture.examples[i]!;
    assertEquals(opset, [15]);
    assertEquals(parseNormalization(normalization!), description.normalization);
    const { network, classes } = description;
    assertEquals(others, { network, classes: `${classes}`, note: "by a test" });
  }
});

Deno.test("onnxModel() writes every kind of node as its ONNX operator", () => {
  const operators = new Set(fixture.examples.flatMap(({ operators }) => operators));
  assertEquals([...operators].sort(), [
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "Conv",
    "Flatten",
    "Gemm",
    "GlobalAveragePool",
    "MaxPool",
    "Mul",
    "Pad",
    "Relu",
    "Slice",
    "Transpose",
  ]);
});

Deno.test("onnxModel() leaves its tensors as they are", () => {
  const { description, tensors } = examples[0]!;
  const before = structuredClone(tensors);
  onnxModel(description, tensors);
  assertEquals(tensors, before);
});

Deno.test("onnxModel() refuses an input that it doesn't know", () => {
  const { description, tensors } = examples[0]!;
  assertThrows(
    () => onnxModel(description, tensors, { input: "pixels" as "bytes" }),
    RangeError,
    "Cannot write ResNet-8 as ONNX as input must be normalized or bytes: current value is pixels",
  );
});

Deno.test("onnxModel() refuses tensors that don't fit", () => {
  const { description, tensors } = examples[0]!;
  const changed = (data?: Float32Array) => {
    const copy = new Map(tensors);
    copy.delete("bn1.bias");
    if (data) copy.set("bn1.bias", { shape: [4], data });
    return copy;
  };
  assertThrows(
    () => onnxModel(description, changed()),
    TypeError,
    "Cannot build ResNet-8 as tensor bn1.bias is missing",
  );
  assertThrows(
    () => onnxModel(description, changed(new Float32Array(3))),
    TypeError,
    "Cannot build ResNet-8 as tensor bn1.bias of shape [4] must hold 4 values, but holds 3",
  );
  assertThrows(
    () => onnxModel(description, changed(new Float32Array([1, 2, NaN, 4]))),
    RangeError,
    "Cannot build ResNet-8 as values must be finite: tensor bn1.bias has NaN at index 2",
  );
});
