import { assert, assertEquals } from "@std/assert";
import { readCommitted } from "../../bench/readme.ts";
import { weightsCatalog } from "../../datasets/catalog.ts";

/** How far top-1 may lie from the figure that PyTorch, for ImageNet TensorFlow.js, measured, in points. */
const tolerances: Readonly<Record<string, number>> = {
  "cifar-10": 0.05,
  "cifar-100": 0.05,
  "imagenet": 0.3,
};

Deno.test("the reference run's float32 rows are the accuracies that the catalog has, on all images", async () => {
  const results = await readCommitted();
  const { networks, sets } = results.header;
  const float = results.cells.filter(({ key: { table, setting } }) =>
    setting === undefined && ["cifar10", "cifar100", "imagenet"].includes(table)
  );
  // Seven networks for CIFAR-10, five for CIFAR-100, two for ImageNet.
  assertEquals(float.length, 14);
  for (const { key, result } of float) {
    const { top1, size } = result as { readonly top1: number; readonly size: number };
    const { sha256, dataset } = networks.find(({ label }) => label === key.network)!;
    const known = weightsCatalog.find((entry) => entry.sha256 === sha256)!.top1!;
    const distance = Math.abs(100 * top1 - known);
    assert(distance <= tolerances[dataset!]! + 1e-9, `${key.network}: ${100 * top1}, not ${known}`);
    assertEquals(size, sets.find(({ name }) => name === dataset)!.images);
    assertEquals(size, dataset === "imagenet" ? 1000 : 10_000);
  }
});
