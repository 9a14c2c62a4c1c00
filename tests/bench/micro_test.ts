import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { resNet50Sizes } from "../../bench/micro/samples.ts";
import config from "../../deno.json" with { type: "json" };
import { slowTest } from "../needs_data.ts";

Deno.test("resNet50Sizes() counts the weights of torchvision's ResNet-50 without biases and batch norm", () => {
  const sizes = resNet50Sizes();
  // 25,557,032 parameters in all, of which 53,120 belong to batch norm and 1,000 are the biases of the last layer.
  assertEquals(sizes.length, 54);
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), 25_557_032 - 53_120 - 1_000);
});

slowTest("deno task bench:micro skips visibly what it has no peer for", async () => {
  const [, ...command] = config.tasks["bench:micro"].command.split(" ");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...command, "--only", "lloyd-max", "--python", "no-such-python"],
    cwd: join(import.meta.dirname!, "../.."),
    stderr: "null",
  }).output();
  const output = new TextDecoder().decode(stdout);
  assertEquals(success, true);
  assertStringIncludes(output, "| lloydMax, Gaussian, 256 levels |");
  assertStringIncludes(output, "skipped: no Python with this package");
});
