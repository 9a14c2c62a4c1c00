import { assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { fitCodes } from "../../lib/calibration/fit_codes.ts";
import { gptq } from "../../lib/calibration/gptq.ts";
import { refitBooks, refitKinds } from "../../lib/calibration/refit_books.ts";
import { roundingError } from "../../lib/calibration/rounding_problem.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";
import { designCodebook } from "../../lib/quantizers/methods.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";
import { randomProblem } from "./rounding_problems.ts";

interface LeastSquaresFixture {
  refits: {
    rows: number;
    hessian: number[];
    targets: number[];
    codes: number[];
    scales: number[];
    offsets: number[];
    start: number[];
    levels: number[];
    affine: number[];
  }[];
}

const fixture = readFixture<LeastSquaresFixture>("calibration/least_squares.json");

Deno.test("refitBooks() gives a shared book NumPy's least squares, with levels that change their order", () => {
  for (const { rows, hessian, targets, codes, scales, offsets, ...expected } of fixture.refits) {
    const columns = targets.length / rows;
    const tensor: QuantizedTensor = {
      shape: [rows, columns],
      codes: Uint8Array.from(codes),
      groups: Uint32Array.of(0, targets.length),
      books: [createCodebook(expected.start, { method: "by hand", storedValues: 1 })],
      affine: {
        bounds: Uint32Array.from({ length: rows + 1 }, (_, i) => i * columns),
        scales: Float64Array.from(scales),
        offsets: Float64Array.from(offsets),
      },
      storedValues: 20,
    };
    const problem = {
      targets: Float64Array.from(targets),
      hessians: [Float64Array.from(hessian)],
    };
    for (
      const [kind, levels] of [["levels", expected.levels], [
        "scale-and-offset",
        expected.affine,
      ]] as const
    ) {
      const refitted = refitBooks(tensor, problem, kind);
      const book = refitted.books[0]!;
      codes.forEach((code, i) =>
        assertRelative(book.levels[refitted.codes[i]!]!, levels[code]!, 1e-10, kind, 1)
      );
      const stored = kind === "levels" ? levels.length : Math.min(levels.length, 3);
      assertEquals([book.design.storedValues, refitted.storedValues], [stored, 19 + stored]);
    }
  }
});

Deno.test("refitBooks() never raises the error, of a book for each channel or group", () => {
  for (let seed = 0; seed < 10; seed++) {
    const { tensor, problem } = randomProblem({ rows: 4, columns: 8, levels: 4, groups: 2, seed });
    const halves: QuantizedTensor = {
      ...tensor,
      groups: Uint32Array.from({ length: 9 }, (_, i) => 4 * i),
      books: tensor.books.flatMap((book) => [book, book]),
    };
    for (const start of [tensor, halves]) {
      let now = gptq(start, problem);
      let error = roundingError(now, problem);
      for (const kind of ["scale-and-offset", "levels", "scale-and-offset"] as const) {
        now = refitBooks(now, problem, kind);
        const left = roundingError(now, problem);
        assertGreaterOrEqual(error * (1 + 1e-9), left);
        error = left;
      }
    }
  }
});

Deno.test("refitBooks() keeps levels that no weight uses, and books that no input reaches", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 4, levels: 5, seed: 1 });
  const [before] = tensor.books;
  const [after] = refitBooks(tensor, problem, "levels").books;
  assertEquals(before!.levels.filter((level) => after!.levels.includes(level)).length, 4);
  const silent = { ...problem, hessians: [new Float64Array(16)] };
  for (const kind of ["levels", "scale-and-offset"] as const) {
    assertEquals(refitBooks(tensor, silent, kind).books[0]!.levels, before!.levels);
  }
});

Deno.test("refitBooks() of a uniform book stays uniform and two stored numbers, however often", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 6, levels: 4, seed: 2 });
  const sample = [...problem.targets];
  for (const method of ["min-max", "min-max-symmetric"]) {
    const book = designCodebook(sample, { method, bits: 3 });
    let now = gptq({ ...tensor, books: [book], storedValues: book.design.storedValues }, problem);
    for (let time = 0; time < 3; time++) now = refitBooks(now, problem, "scale-and-offset");
    const { levels, design } = now.books[0]!;
    for (let i = 1; i < levels.length; i++) {
      assertRelative(levels[i]! - levels[i - 1]!, design.step!, 1e-12, "step");
    }
    assertEquals([design.storedValues, now.storedValues], [2, 2]);
  }
});

Deno.test("refitBooks() counts a pattern's scale and offset once, where it is told how books were designed", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 24, levels: 8, seed: 5 });
  const designed = {
    ...tensor,
    books: [designCodebook([...problem.targets], { method: "lloyd-max-laplace", bits: 3 })],
    storedValues: 4,
  };
  let now = gptq(designed, problem);
  for (let time = 0; time < 3; time++) {
    now = refitBooks(now, problem, "scale-and-offset", designed);
    assertEquals([now.books[0]!.design.storedValues, now.storedValues], [4, 6]);
  }
  const once = fitCodes(designed, problem, { refit: "scale-and-offset" });
  assertEquals(once.storedValues, 6);
});

Deno.test("refitBooks() keeps a Huffman code", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 24, levels: 4, seed: 6 });
  const books = [designCodebook([...problem.targets], { method: "deep-compression", bits: 2 })];
  const coded = gptq({ ...tensor, books, storedValues: 6 }, problem);
  for (const kind of refitKinds) {
    assertEquals(refitBooks(coded, problem, kind).books[0]!.design.coding, "huffman", kind);
  }
});

Deno.test("refitBooks() refuses an unknown kind", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 3, levels: 3, seed: 3 });
  assertThrows(
    () => refitBooks(tensor, problem, "thresholds" as never),
    RangeError,
    "kind must be one of levels, scale-and-offset: current value is thresholds",
  );
});
