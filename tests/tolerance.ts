import { assert } from "@std/assert";

/** Fails unless `actual` lies within `relative` times |expected| (or `scale`, where given) of `expected`. */
export function assertRelative(
  actual: number,
  expected: number,
  relative: number,
  what: string,
  scale = Math.abs(expected),
): void {
  const allowed = relative * scale;
  assert(
    Object.is(actual, expected) || Math.abs(actual - expected) <= allowed,
    `${what}: ${actual} is not ${expected}; difference ${actual - expected}, allowed ${allowed}`,
  );
}
