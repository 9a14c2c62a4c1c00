import { assertEquals, assertThrows } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { selectTensors, type SelectTensorsOptions } from "../../lib/compression/select_tensors.ts";
import { embeddedResNet20 } from "../resnet20_tensors.ts";

const names = (checkpoint: Checkpoint, options: SelectTensorsOptions) =>
  selectTensors(checkpoint, options).map(([name]) => name);

Deno.test("selectTensors() leaves out the network's first and last layer, wherever the file has them", async () => {
  const { tensors, metadata } = await embeddedResNet20();
  const reversed = { tensors: new Map([...tensors].reverse()), metadata };
  for (const checkpoint of [{ tensors, metadata }, reversed]) {
    const all = names(checkpoint, {});
    const without = (...left: string[]) => all.filter((name) => !left.includes(name));
    assertEquals(names(checkpoint, { first: false }), without("conv1.weight"));
    assertEquals(names(checkpoint, { last: false }), without("linear.weight"));
    assertEquals(
      names(checkpoint, { first: false, last: false }),
      without("conv1.weight", "linear.weight"),
    );
  }
});

Deno.test("selectTensors() takes biases of quantized layers in, and no batch norm's", async () => {
  const checkpoint = await embeddedResNet20();
  const added = names(checkpoint, { biases: true }).filter((name) =>
    !names(checkpoint, {}).includes(name)
  );
  assertEquals(added, ["linear.bias"]);
  assertEquals(names(checkpoint, { biases: true, last: false }).includes("linear.bias"), false);
});

Deno.test("selectTensors() goes by the file's order where the architecture is unknown", () => {
  const of = (...shape: number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)),
  });
  const tensors = new Map([
    ["a.weight", of(2, 2)],
    ["a.bias", of(2)],
    ["norm.bias", of(2)],
    ["b.kernel", of(2, 2)],
    ["b.bias", of(2)],
  ]);
  const checkpoint = { tensors, metadata: {} };
  assertEquals(names(checkpoint, { first: false }), ["b.kernel"]);
  assertEquals(names(checkpoint, { last: false, biases: true }), ["a.weight", "a.bias"]);
  assertThrows(() => names(checkpoint, { first: false, network: "cifar-resnet" }), TypeError);
});
