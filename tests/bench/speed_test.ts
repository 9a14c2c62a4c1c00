import { assertEquals, assertGreater } from "@std/assert";
import { measureSpeed, speedOf } from "../../bench/speed.ts";
import { shapesContext, shapesLabel, shapesScene } from "./shapes_context.ts";

const settings = [{ method: "min-max", bits: 4, granularity: "tensor" }] as const;

Deno.test("measureSpeed() goes on where a network can't be evaluated", async () => {
  const scene = shapesScene();
  const [network] = scene.networks;
  const broken = "broken (shapes)";
  const twice = {
    ...scene,
    networks: [{ ...network!, record: { ...network!.record, label: broken } }, network!],
  };
  const { context } = await shapesContext(twice);
  const measured = await measureSpeed(
    {
      ...context,
      checkpoint: (label) =>
        label === broken ? Promise.reject(new RangeError("boom")) : context.checkpoint(label),
    },
    { settings, networks: [broken, shapesLabel] },
  );
  assertEquals(Object.keys(measured.evaluate), [shapesLabel]);
  const speed = speedOf(twice, measured);
  assertEquals(speed.evaluate(broken), 0);
  assertGreater(speed.evaluate(shapesLabel), 0);
  assertGreater(speed.quantize(shapesLabel, settings[0]), 0);
});
