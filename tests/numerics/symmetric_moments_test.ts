import { assertEquals } from "@std/assert";
import { symmetricMoments } from "../../lib/numerics/symmetric_moments.ts";
import { assertRelative } from "../tolerance.ts";

const parameters = { location: 0.1, scale: 3 };

Deno.test("symmetricMoments() gives the start of a cell to twice the digits, on both sides", () => {
  const starts: [start: number, correction: number][] = [];
  const partialMoments = symmetricMoments(parameters, (start, correction) => {
    starts.push([start, correction]);
    return [1, 1, 1];
  });
  partialMoments(3.5, 4);
  partialMoments(-4, -3.3);
  // What doubles nearest to (3.5 - 0.1) / 3 and (0.1 + 3.3) / 3 lack, with 0.1 and 3.3 as doubles (mpmath 1.3, 40 digits).
  const expected = [2.7755575615628914e-17, -2.7755575615628914e-17];
  starts.forEach(([start, correction], i) => {
    assertEquals(start, 3.4 / 3);
    assertRelative(correction, expected[i]!, 1e-15, `correction ${i}`);
  });
});

Deno.test("symmetricMoments() cuts a cell at the location and mirrors what lies below", () => {
  const cells: number[][] = [];
  const partialMoments = symmetricMoments({ location: 1, scale: 2 }, (...cell) => {
    cells.push(cell);
    return [1, 10, 100];
  });
  assertEquals(partialMoments(-3, 7, 2), [2, 0, 800]);
  assertEquals(cells, [[0, 0, 2, 0.5], [0, 0, 3, -0.5]]);
  assertEquals(partialMoments(-3, 0, 2), [1, -20, 400]);
  assertEquals(cells.at(-1), [0.5, 0, 1.5, 1]);
  assertEquals(partialMoments(5, Infinity, 2), [1, 20, 400]);
  assertEquals(cells.at(-1), [2, 0, Infinity, 1.5]);
  assertEquals(partialMoments(2, 2), [0, 0, 0]);
  assertEquals(partialMoments(NaN, 2), [NaN, NaN, NaN]);
});

Deno.test("symmetricMoments() finds nothing where the standard coordinate overflows", () => {
  const partialMoments = symmetricMoments({ location: 0, scale: 1e-140 }, () => [NaN, NaN, NaN]);
  assertEquals(partialMoments(1e300, 1.7e308), [0, 0, 0]);
  assertEquals(partialMoments(-Infinity, -1e200), [0, 0, 0]);
});
