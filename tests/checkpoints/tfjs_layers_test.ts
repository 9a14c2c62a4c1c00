import { assertEquals, assertRejects } from "@std/assert";
import { parseTfjsLayers } from "../../lib/checkpoints/tfjs_layers.ts";
import { readFixture } from "../fixture.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes } from "./expected.ts";

const { tfjs: expected } = readFixture<{ tfjs: ExpectedTensors }>("checkpoints/expected.json");
const modelJson = new TextDecoder().decode(fixtureBytes("tfjs/model.json"));
const readShard = (path: string) => Promise.resolve<Uint8Array>(fixtureBytes(`tfjs/${path}`));

Deno.test("parseTfjsLayers() turns every kernel into PyTorch's layout", async () => {
  const { tensors, metadata } = await parseTfjsLayers(modelJson, readShard);
  assertTensors(tensors, expected);
  assertEquals(metadata, { format: "tfjs-layers" });
});

Deno.test("parseTfjsLayers() puts kernel[y][x][in][out] at [out][in][y][x]", async () => {
  const { tensors } = await parseTfjsLayers(modelJson, readShard);
  const { shape, data } = tensors.get("conv1/kernel")!;
  assertEquals(shape, [4, 2, 3, 2]);
  const stored = (y: number, x: number, input: number, output: number) =>
    (((y * 2 + x) * 2 + input) * 4 + output - 3) / 8;
  assertEquals(data[((3 * 2 + 1) * 3 + 2) * 2 + 0], stored(2, 0, 1, 3));
});

Deno.test("parseTfjsLayers() puts depthwise_kernel[y][x][channel][m] at [channel * 2 + m][0][y][x]", async () => {
  const { tensors } = await parseTfjsLayers(modelJson, readShard);
  const { shape, data } = tensors.get("conv_dw/depthwise_kernel")!;
  assertEquals(shape, [4, 1, 3, 3]);
  const stored = (y: number, x: number, channel: number, m: number) =>
    (((y * 3 + x) * 2 + channel) * 2 + m - 3) / 8;
  assertEquals(data[(1 * 2 + 0) * 9 + 2 * 3 + 1], stored(2, 1, 1, 0));
});

Deno.test("parseTfjsLayers() names tensor, shards and bytes when a shard is short or long", async () => {
  const cut = async (path: string) => {
    const bytes = await readShard(path);
    return path === "group1-shard2of2" ? bytes.subarray(1) : bytes;
  };
  await assertRejects(
    () => parseTfjsLayers(modelJson, cut, { source: "/m/model.json" }),
    SyntaxError,
    "Cannot read /m/model.json as a tfjs layers model: tensor conv1/bias: group1-shard1of2, group1-shard2of2 end at byte 207, before its last value at byte 208",
  );
  const long = async (path: string) => new Uint8Array([...await readShard(path), 0]);
  await assertRejects(
    () => parseTfjsLayers(modelJson, long),
    SyntaxError,
    "2 bytes that belong to no tensor follow at byte 208 of group1-shard1of2, group1-shard2of2",
  );
});

function manifest(weight: Record<string, unknown>, path: unknown = "shard"): string {
  return JSON.stringify({
    weightsManifest: [{ paths: [path], weights: [{ name: "w", shape: [1], ...weight }] }],
  });
}

const float32 = { dtype: "float32" };
const refused:
  readonly (readonly [criterion: string, json: string, kind: typeof Error, text: string])[] = [
    [
      "text that is not JSON",
      "{",
      SyntaxError,
      "Cannot read the model.json as a tfjs layers model: ",
    ],
    ["a model without a manifest", "{}", SyntaxError, "it has no weightsManifest"],
    [
      "a manifest without groups",
      `{"weightsManifest":[]}`,
      TypeError,
      "its weightsManifest has no tensors",
    ],
    [
      "a group without paths",
      `{"weightsManifest":[{"weights":[]}]}`,
      SyntaxError,
      "group 0 of its weightsManifest lacks paths or weights",
    ],
    [
      "a graph model",
      `{"format":"graph-model","weightsManifest":[]}`,
      TypeError,
      "it is a graph model, whose names do not tell the layout of its kernels",
    ],
    [
      "quantized values",
      manifest({ dtype: "float32", quantization: { dtype: "uint8", min: 0, scale: 1 } }),
      TypeError,
      "tensor w: quantized values are not supported",
    ],
    [
      "texts",
      manifest({ dtype: "string" }),
      TypeError,
      "tensor w: values of type string are not supported",
    ],
    [
      "a shape of texts",
      manifest({ dtype: "float32", shape: ["1"] }),
      SyntaxError,
      "tensor w: the shape must be a list of whole numbers",
    ],
    [
      "a tensor that stands there twice",
      `{"weightsManifest":[${
        [1, 2].map(() =>
          `{"paths":["shard"],"weights":[{"name":"w","shape":[1],"dtype":"float32"}]}`
        ).join()
      }]}`,
      SyntaxError,
      "tensor w stands there twice",
    ],
    [
      "a shard in the parent folder",
      manifest(float32, "../shard"),
      SyntaxError,
      "a shard's path leads out of the folder: ../shard",
    ],
    [
      "a shard at the root",
      manifest(float32, "/etc/passwd"),
      SyntaxError,
      "a shard's path leads out of the folder: /etc/passwd",
    ],
    [
      "a shard elsewhere",
      manifest(float32, "http://127.0.0.1/shard"),
      SyntaxError,
      "a shard's path leads out of the folder: http://127.0.0.1/shard",
    ],
  ];
for (const [criterion, json, kind, text] of refused) {
  Deno.test(`parseTfjsLayers() refuses ${criterion}`, async () => {
    await assertRejects(
      () => parseTfjsLayers(json, () => Promise.resolve(new Uint8Array(4))),
      kind,
      text,
    );
  });
}
