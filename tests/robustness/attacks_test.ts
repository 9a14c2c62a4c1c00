import { assert, assertEquals, assertGreater, assertNotEquals, assertThrows } from "@std/assert";
import { useBackend } from "../../lib/networks/backend.ts";
import { fgsm, pgd } from "../../lib/robustness/attacks.ts";
import { type InputGradient, openInputGradient } from "../../lib/robustness/input_gradient.ts";
import { attackSource } from "../../lib/robustness/perturb_source.ts";
import { sourceOf } from "../../datasets/image_set.ts";
import { assertRelative } from "../tolerance.ts";
import { robustnessFixture, tinyNetwork } from "./tiny_network.ts";

const { epsilon, steps, step_size: stepSize } = robustnessFixture.attack;

async function open() {
  await useBackend("wasm");
  const { description, tensors, pixels, labels } = tinyNetwork();
  return { network: openInputGradient(description, tensors), pixels, labels };
}

/** A network whose loss grows as `slopes` say, wherever it is. */
function linearNetwork(slopes: readonly number[]): InputGradient {
  const { description } = tinyNetwork();
  return {
    description,
    at: (pixels, labels) => ({
      losses: new Float64Array(labels.length),
      gradients: Float64Array.from(
        pixels as ArrayLike<number>,
        (_, i) => slopes[i % slopes.length]!,
      ),
    }),
    dispose: () => {},
  };
}

Deno.test("fgsm() has the bytes that PyTorch's gradients give", async () => {
  const { network, pixels, labels } = await open();
  const attacked = fgsm(network, pixels, labels, { epsilon });
  assertEquals([...attacked], robustnessFixture.attack.fgsm);
  const { losses } = network.at(attacked, labels);
  robustnessFixture.attack.fgsm_losses.forEach((loss, i) =>
    assertRelative(losses[i]!, loss, 1e-5, `loss ${i}`, 1 + loss)
  );
  network.dispose();
});

Deno.test("fgsm() rounds towards the original, stays within [0, 255], and leaves pixels of no slope", () => {
  const pixels = Uint8Array.of(100, 100, 100, 1, 254, 255);
  const labels = [0];
  const network = linearNetwork([1e-30, -1e-30, 0, -1, 1, 1]);
  const attack = (epsilon: number) => [...fgsm(network, pixels, labels, { epsilon })];
  assertEquals(attack(2), [102, 98, 100, 0, 255, 255]);
  assertEquals(attack(2.9), [102, 98, 100, 0, 255, 255]);
  assertEquals(attack(0.9), [...pixels]);
});

Deno.test("pgd() ends where many steps up a linear loss end, whatever its start", () => {
  const pixels = Uint8Array.of(100, 100, 100, 1, 254, 255);
  const network = linearNetwork([1, -1, 1, -1, 1, -1]);
  const options = { epsilon: 4, steps: 10, stepSize: 1, seed: 1 };
  assertEquals([...pgd(network, pixels, [0], options)], [104, 96, 104, 0, 255, 251]);
});

Deno.test("pgd() follows a gradient that turns as the image moves", () => {
  const pixels = Uint8Array.of(100, 100, 100, 100, 3, 250);
  const targets = [102, 97.2, 110, 20, -5, 251];
  const network: InputGradient = {
    ...linearNetwork([]),
    at: (current, labels) => ({
      losses: new Float64Array(labels.length),
      gradients: Float64Array.from(targets, (target, i) => target - current[i]!),
    }),
  };
  const attack = (steps: number) =>
    pgd(network, pixels, [0], { epsilon: 6, steps, stepSize: 0.25, seed: 3 });
  // Within a step of the target, then rounded towards the original; the others as far as they may go.
  const [near, below, ...others] = attack(60);
  assert(near === 101 || near === 102, `${near}`);
  assert(below === 97 || below === 98, `${below}`);
  assertEquals(others.slice(0, 3), [106, 94, 0]);
  assert(others[3] === 250 || others[3] === 251, `${others[3]}`);
  assertNotEquals(attack(1), attack(60));
});

Deno.test("pgd() raises the loss as far as PyTorch's steps without a random start, or nearly", async () => {
  const { network, pixels, labels } = await open();
  const { steepest_losses: steepest, fgsm_losses: single, losses: before } =
    robustnessFixture.attack;
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const gain = (losses: ArrayLike<number>) => sum(losses) - sum(before);
  for (let seed = 0; seed < 5; seed++) {
    const options = { epsilon, steps: 3 * steps, stepSize, seed };
    const attacked = pgd(network, pixels, labels, options);
    assert(attacked.every((pixel, i) => Math.abs(pixel - pixels[i]!) <= epsilon));
    const own = gain(network.at(attacked, labels).losses);
    assertGreater(own, 0.95 * gain(steepest), `seed ${seed}`);
    assertGreater(own, 0.95 * gain(single), `seed ${seed}`);
  }
  network.dispose();
});

Deno.test("pgd() of an image depends on the seed and the image's index alone", async () => {
  const { network, pixels, labels } = await open();
  const length = pixels.length / labels.length;
  const options = { epsilon: 4, steps: 1, stepSize: 1.5 };
  const all = pgd(network, pixels, labels, { ...options, seed: 7 });
  const fourth = pgd(network, pixels.subarray(3 * length, 4 * length), labels.subarray(3, 4), {
    ...options,
    seed: 7,
    first: 3,
  });
  assertEquals(fourth, all.slice(3 * length, 4 * length));
  assertNotEquals(pgd(network, pixels, labels, { ...options, seed: 8 }), all);
  network.dispose();
});

Deno.test("attackSource() gives an attack the labels and the place of the images that are read", async () => {
  const { description: { classes, input } } = tinyNetwork();
  const source = sourceOf({
    name: "noise",
    classes,
    size: 6,
    ...input,
    ...tinyNetwork(),
    caveats: [],
  });
  const seen: unknown[] = [];
  const attacked = attackSource(source, (pixels, labels, first) => {
    seen.push([pixels.length, [...labels], first]);
    return pixels.map((pixel) => 255 - pixel);
  });
  const read = await attacked.read(2, 4);
  const { pixels, labels } = tinyNetwork();
  assertEquals(seen, [[216, [...labels.subarray(2, 4)], 2]]);
  assertEquals(read, pixels.slice(216, 432).map((pixel) => 255 - pixel));
  assertEquals(attacked.labels, source.labels);
});

Deno.test("fgsm() and pgd() refuse options out of range", () => {
  const network = linearNetwork([1]);
  const pixels = new Uint8Array(3);
  const options = { epsilon: 2, steps: 1, stepSize: 1, seed: 1 };
  assertThrows(
    () => fgsm(network, pixels, [0], { epsilon: 0 }),
    RangeError,
    "Cannot attack images as epsilon must be in (0, 255]: current value is 0",
  );
  assertThrows(
    () => pgd(network, pixels, [0], { ...options, stepSize: NaN }),
    RangeError,
    "Cannot attack images as stepSize must be in (0, 255]: current value is NaN",
  );
  assertThrows(
    () => pgd(network, pixels, [0], { ...options, steps: 1.5 }),
    RangeError,
    "Cannot attack images as steps must be an integer above 0: current value is 1.5",
  );
});
