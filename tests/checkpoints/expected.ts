import { assert, assertEquals } from "@std/assert";
import type { Tensor, TensorData } from "../../lib/checkpoints/checkpoint.ts";

/** A tensor as the generators of the fixtures write it down; NaN, infinities and large integers are texts. */
export interface ExpectedTensor {
  readonly dtype: "float32" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool";
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

export type ExpectedTensors = Readonly<Record<string, ExpectedTensor>>;

const arrays: Readonly<
  Record<ExpectedTensor["dtype"], (values: ExpectedTensor["values"]) => TensorData>
> = {
  float32: (values) => Float32Array.from(values, Number),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values, Number),
  int16: (values) => Int16Array.from(values, Number),
  int8: (values) => Int8Array.from(values, Number),
  uint8: (values) => Uint8Array.from(values, Number),
  bool: (values) => Uint8Array.from(values, Number),
};

/** Asserts names, order of names, shapes, array types and every value (-0 is not 0, NaN is NaN). */
export function assertTensors(
  tensors: ReadonlyMap<string, Tensor>,
  expected: ExpectedTensors,
  { ordered = true }: { ordered?: boolean } = {},
): void {
  const names = Object.keys(expected);
  assertEquals(
    ordered ? [...tensors.keys()] : [...tensors.keys()].sort(),
    ordered ? names : names.sort(),
  );
  for (const [name, { dtype, shape, values }] of Object.entries(expected)) {
    const tensor = tensors.get(name)!;
    const data = arrays[dtype](values);
    assertEquals(tensor.shape, shape, name);
    assertEquals(tensor.data.constructor, data.constructor, name);
    assertEquals(tensor.data.length, data.length, name);
    data.forEach((value: number | bigint, i: number) => {
      assert(
        Object.is(tensor.data[i], value),
        `${name}: value ${i} is ${tensor.data[i]}, not ${value}`,
      );
    });
  }
}

/** The bytes of a fixture of this folder's. */
export function fixtureBytes(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(fixtureUrl(path));
}

export function fixtureUrl(path: string): URL {
  return new URL(`../fixtures/checkpoints/${path}`, import.meta.url);
}

/** Bytes from a text of characters up to \xff. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
