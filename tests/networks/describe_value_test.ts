import { assertEquals, assertThrows } from "@std/assert";
import { describeValue } from "../../lib/networks/describe_value.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { cifarResNetShapes, emptyCheckpoint } from "./random_networks.ts";

const description = describeNetwork(
  emptyCheckpoint(cifarResNetShapes({ blocks: 1, widths: [4, 6, 8], classes: 10 })),
);

Deno.test("describeValue() keeps the nodes that a value depends on, in order, and their parameters", () => {
  const { nodes, parameters } = describeValue(description, "layer2.0.bn2");
  const names = nodes.map(({ name }) => name);
  assertEquals(names.at(-1), "layer2.0.bn2");
  // The shortcut of the same block is for the sum behind it.
  assertEquals(names.includes("layer2.0.subsample"), false);
  assertEquals(names.includes("layer1.0.add"), true);
  assertEquals(parameters.map(({ name }) => name).includes("layer2.0.bn2.weight"), true);
  assertEquals(parameters.some(({ name }) => name.startsWith("layer3.")), false);
  assertEquals(describeValue(description, description.nodes.at(-1)!.name), description);
});

Deno.test("describeValue() of the image has no parameters", () => {
  const [input] = description.nodes;
  const { nodes, parameters } = describeValue(description, input!.name);
  assertEquals([nodes.length, parameters.length], [1, 0]);
});

Deno.test("describeValue() refuses a name that no node has", () => {
  assertThrows(
    () => describeValue(description, "layer9"),
    RangeError,
    "Cannot describe a value of ResNet-8 as no node has its name: current value is layer9",
  );
});
