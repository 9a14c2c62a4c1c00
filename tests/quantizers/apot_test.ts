import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { apot } from "../../lib/quantizers/apot.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Magnitudes {
  magnitudeBits: number;
  magnitudes: number[];
}
interface PublishedFixture {
  apotAuthors: Magnitudes[];
  apotPytorch: Magnitudes[];
}
interface BruteForceFixture {
  samples: Record<string, number[]>;
  apot: { name: string; bits: number; leastError: number }[];
}

const published = readFixture<PublishedFixture>("quantizers_books/published.json");
const bruteForce = readFixture<BruteForceFixture>("quantizers_books/brute_force.json");

for (const source of ["apotAuthors", "apotPytorch"] as const) {
  Deno.test(`apot() has the levels of ${source}`, () => {
    for (const { magnitudeBits, magnitudes } of published[source]) {
      const { levels } = apot([-0.5, 1], { bits: magnitudeBits + 1, scale: "absmax" });
      assertEquals(levels.length, 2 * magnitudes.length - 1);
      for (const [i, expected] of magnitudes.entries()) {
        const what = `${magnitudeBits} bits, magnitude ${i}`;
        assertRelative(levels[magnitudes.length - 1 + i]!, expected, 1e-6, what);
        assertRelative(-levels[magnitudes.length - 1 - i]!, expected, 1e-6, what);
      }
    }
  });
}

Deno.test("apot() has 2^bits - 1 levels at every width, ternary at two bits", () => {
  for (let bits = 2; bits <= 16; bits++) {
    const book = apot([-0.3, 1, 0.2], { bits, scale: "absmax" });
    assertEquals([book.levels.length, book.bits, book.design.storedValues], [
      2 ** bits - 1,
      bits,
      1,
    ]);
    assertEquals(book.design.clipping, [-1, 1]);
  }
});

Deno.test("apot() finds the scale of least error, against all assignments", () => {
  for (const { name, bits, leastError } of bruteForce.apot) {
    const values = bruteForce.samples[name]!;
    const book = apot(values, { bits });
    const error = quantizationError(values, book).mse * values.length;
    assertRelative(error, leastError, 1e-9, `${name}, ${bits} bits`);
    assertEquals(book.design.converged, true);
  }
});

Deno.test("apot() least-error is at or below absmax and a fine grid of clips, at any width", () => {
  const sample = laplace({ location: 0, scale: 3 }).sample(3000, { prng: createPrng(4) });
  for (const bits of [2, 4, 6, 8, 11, 16]) {
    const own = quantizationError(sample, apot(sample, { bits })).mse;
    const absmax = apot(sample, { bits, scale: "absmax" });
    let least = Infinity;
    for (let clip = 0.05; clip <= 1.3; clip += bits < 10 ? 0.0125 : 0.05) {
      const book = {
        ...absmax,
        levels: absmax.levels.map((level) => level * clip),
        thresholds: absmax.thresholds.map((threshold) => threshold * clip),
      };
      least = Math.min(least, quantizationError(sample, book).mse);
    }
    assertLess(own, least * (bits > 9 ? 1.02 : 1.001), `${bits} bits`);
  }
});

Deno.test("apot() is equivariant from 1e-300 to 1e145, and takes denormals and one-sided samples", () => {
  const sample = [-3.1, -1.2, 0.4, 0.9, 2.5, 7.25];
  const reference = apot(sample, { bits: 5 }).levels;
  for (const scale of [2 ** -990, 2 ** 480]) {
    assertEquals(
      apot(sample.map((x) => x * scale), { bits: 5 }).levels,
      reference.map((x) => x * scale),
    );
  }
  for (const extreme of [[0, 5e-324], [-5e-324, 5e-324], [1e150, -1e150], [7, 8], [-2, -2, -1]]) {
    for (const bits of [2, 3, 8, 16]) {
      const book = apot(extreme, { bits });
      assertEquals(book.levels.every(Number.isFinite), true);
      assertEquals(quantizationError(extreme, book).mse < Infinity, true);
    }
  }
});

Deno.test("apot() gives a constant sample its own level", () => {
  assertEquals([...apot([0.3, 0.3], { bits: 4 }).levels], [0.3]);
});

Deno.test("apot() refuses one bit, an unknown scale and NaN", () => {
  assertThrows(
    () => apot([1, 2], { bits: 1 }),
    RangeError,
    "bits must be at least 2 for apot: current value is 1",
  );
  assertThrows(() => apot([1, 2], { bits: 17 }), RangeError, "current value is 17");
  assertThrows(
    () => apot([1, 2], { bits: 4, scale: "max" as never }),
    RangeError,
    "scale must be least-error or absmax: current value is max",
  );
  assertThrows(() => apot([1, NaN], { bits: 4 }), RangeError, "value 1 is NaN");
});
