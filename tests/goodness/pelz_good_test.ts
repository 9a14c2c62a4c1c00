import { assert, assertEquals } from "@std/assert";
import { kolmogorovLaw } from "../../lib/goodness/kolmogorov_law.ts";
import { pelzGoodCdf } from "../../lib/goodness/pelz_good.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("pelzGoodCdf() differs from the exact law by the order of n^-2: all four terms are right", () => {
  for (const z of [0.4, 0.6, 0.8276, 1.2, 1.6, 2.04]) {
    const [first, second] = [400, 1600].map((size) =>
      (pelzGoodCdf(size, z) - kolmogorovLaw(size).cdf(z / Math.sqrt(size))) * size ** 2
    );
    // A wrong term of order n^(-3/2) would double it.
    assertRelative(second!, first!, 0.002, `n^2 times the difference at ${z}`, 1);
    assertRelative(second!, 0, 0.06, `n^2 times the difference at ${z}`, 1);
  }
});

Deno.test("pelzGoodCdf() stays in [0, 1], far below its range too", () => {
  assertEquals(pelzGoodCdf(100_000, 1e-3), 0);
  for (let z = 0.02; z < 2.5; z += 0.01) {
    const probability = pelzGoodCdf(20_000, z);
    assert(probability >= 0 && probability <= 1, `z = ${z}: ${probability}`);
  }
});
