import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { imagesToTellApart } from "../../lib/evaluation/images_to_tell_apart.ts";

/** The probability that the score test of McNemar rejects at 5 %, summed over all outcomes of the trinomial. */
function powerOf(images: number, onlyFirst: number, onlySecond: number): number {
  const rest = 1 - onlyFirst - onlySecond;
  const logFactorials = [0];
  for (let i = 1; i <= images; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i));
  let power = 0;
  for (let a = 0; a <= images; a++) {
    for (let b = 0; a + b <= images; b++) {
      if (Math.abs(a - b) <= 1.959963984540054 * Math.sqrt(a + b)) continue;
      const left = images - a - b;
      const ways = logFactorials[images]! - logFactorials[a]! - logFactorials[b]! -
        logFactorials[left]!;
      power += Math.exp(
        ways + a * Math.log(onlyFirst) + b * Math.log(onlySecond) + left * Math.log(rest),
      );
    }
  }
  return power;
}

Deno.test("imagesToTellApart() gives the numbers at which the test has its power", () => {
  for (const [onlyFirst, onlySecond] of [[0.3, 0.1], [0.2, 0.1], [0.1, 0.25]] as const) {
    for (const power of [0.5, 0.8, 0.95]) {
      const images = imagesToTellApart({ onlyFirst, onlySecond }, { power });
      assertAlmostEquals(powerOf(images, onlyFirst, onlySecond), power, 0.03);
    }
  }
});

Deno.test("imagesToTellApart() gives what Python's NormalDist gives", () => {
  assertEquals(imagesToTellApart({ onlyFirst: 0.06, onlySecond: 0.04 }), 1960);
  assertEquals(imagesToTellApart({ onlyFirst: 0.1, onlySecond: 0.3 }), 77);
  assertEquals(imagesToTellApart({ onlyFirst: 0, onlySecond: 1 }), 4);
  const shares = { onlyFirst: 0.1, onlySecond: 0.3 };
  assertEquals(imagesToTellApart(shares, { level: 0.01 }), 114);
  assertEquals(imagesToTellApart(shares, { level: 0.01, power: 0.95 }), 172);
});

Deno.test("imagesToTellApart() never asks for more images for less power", () => {
  const shares = { onlyFirst: 0.1, onlySecond: 0.3 };
  const sizes = [0.01, 0.1, 0.3, 0.5, 0.9]
    .map((power) => imagesToTellApart(shares, { level: 0.5, power }));
  assertEquals(sizes, sizes.toSorted((a, b) => a - b));
  assertEquals(sizes[0], 1);
});

Deno.test("imagesToTellApart() needs endless images where there is no difference", () => {
  assertEquals(imagesToTellApart({ onlyFirst: 0.1, onlySecond: 0.1 }), Infinity);
  assertEquals(imagesToTellApart({ onlyFirst: 0, onlySecond: 0 }), Infinity);
});

Deno.test("imagesToTellApart() refuses what are no shares, levels or powers", () => {
  for (const [onlyFirst, onlySecond] of [[-0.1, 0], [0.6, 0.6], [NaN, 0]] as const) {
    assertThrows(
      () => imagesToTellApart({ onlyFirst, onlySecond }),
      RangeError,
      `both shares must be at least 0 and their sum at most 1: current values are ${onlyFirst} and ${onlySecond}`,
    );
  }
  for (const [name, value] of [["level", 0], ["power", 1], ["power", NaN]] as const) {
    assertThrows(
      () => imagesToTellApart({ onlyFirst: 0.1, onlySecond: 0 }, { [name]: value }),
      RangeError,
      `${name} must be in (0, 1): current value is ${value}`,
    );
  }
});
