import { assertEquals } from "@std/assert";
import { optionsFor } from "../../bench/command_line.ts";
import { parseOptions, selectionOf } from "../../bench/options.ts";

const tables = ["fit", "mse", "cifar10", "methods"];

Deno.test("optionsFor() select what the selection was made of", () => {
  for (
    const line of [
      "",
      "--full",
      "--full --table fit,mse --bits 2,3 --granularity channel --images 40",
      "--table cifar10 --networks resnet20,wrn10-1 --images all --seed 7 --backend onnx",
      "--table methods",
      "--checkpoint a.pth --network resnet20-cifar --methods auto,k-means --granularity both",
    ]
  ) {
    const selection = selectionOf(parseOptions(line.split(" ").filter(Boolean), tables));
    const again = selectionOf(parseOptions(optionsFor(selection), tables));
    assertEquals(again, selection, line);
  }
});
