import { assertEquals, assertLessOrEqual } from "@std/assert";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { parseNpy } from "../../lib/checkpoints/npy.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { dataTest } from "../needs_data.ts";

/** Of the model zoo: normalized images, plane by plane, and the logits that they lead to. */
async function readVector(path: string): Promise<Float32Array> {
  return parseNpy(await Deno.readFile(path)).data as Float32Array;
}

dataTest("predictNormalized() gives the reference logits of SqueezeNet 1.1", async (folder) => {
  const squeezeNet = `${folder}/weights/imagenet/squeezenet1.1_nchw`;
  await useBackend("wasm");
  const network = buildNetwork(await loadCheckpoint(squeezeNet));
  const pixels = 224 * 224;
  for (const set of [0, 1, 2]) {
    const planes = await readVector(`${squeezeNet}/test_data_set/${set}/input_0.npy`);
    const expected = await readVector(`${squeezeNet}/test_data_set/${set}/output_0.npy`);
    const image = Float32Array.from(
      planes,
      (_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)]!,
    );
    const actual = network.predictNormalized(image, 1);
    assertEquals(actual.length, expected.length);
    const scale = Math.max(...expected.map(Math.abs));
    const error = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
    assertLessOrEqual(error, 1e-5 * scale, `set ${set}`);
  }
  network.dispose();
});
