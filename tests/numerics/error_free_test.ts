import { assertEquals } from "@std/assert";
import { differenceError, remainder, twoProduct } from "../../lib/numerics/error_free.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

Deno.test("twoProduct() is exact: the product of the integers in every digit", () => {
  const prng = createPrng(1);
  for (let i = 0; i < 1000; i++) {
    const a = Math.floor(prng() * 2 ** 53), b = Math.floor((prng() - 0.5) * 2 ** 53);
    const [product, error] = twoProduct(a, b);
    assertEquals(product, a * b);
    assertEquals(BigInt(product) + BigInt(error), BigInt(a) * BigInt(b), `${a} ${b}`);
  }
});

Deno.test("twoProduct() has no error where the product is a double", () => {
  assertEquals(twoProduct(3, 0.25), [0.75, 0]);
  assertEquals(twoProduct(0, 1.1), [0, 0]);
});

Deno.test("differenceError() and remainder() are what the roundings lost", () => {
  // 1 - 2^-60 rounds to 1.
  assertEquals(differenceError(1, 2 ** -60, 1), -(2 ** -60));
  assertEquals(differenceError(3, 1, 2), 0);
  // (1 + e)^2 = 1 + 2 e + e^2, with e the spacing of doubles at 1.
  const near = 1 + Number.EPSILON;
  assertEquals(remainder(near * near, near, near), -(Number.EPSILON ** 2));
  assertEquals(remainder(1, 1e-300, 1e300), 0);
});
