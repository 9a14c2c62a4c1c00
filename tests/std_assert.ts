/**
 * What the tests use of `@std/assert`, over `node:assert`: stands in for it where jsr.io does not answer (see run.ts).
 * Accepts and refuses the same values; the messages differ where the real ones draw a diff.
 */
import nodeAssert from "node:assert/strict";

// deno-lint-ignore no-explicit-any
type ErrorConstructor<E extends Error> = abstract new (...parameters: any[]) => E;
// deno-lint-ignore no-explicit-any
type AnyConstructor = abstract new (...parameters: any[]) => any;

/** Thrown by every assertion that does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) throw new AssertionError(message);
}

export function assertFalse(condition: unknown, message = ""): asserts condition is false {
  if (condition) throw new AssertionError(message);
}

export function fail(message?: string): never {
  throw new AssertionError(`Failed assertion${suffix(message)}`);
}

export function assertExists<T>(
  actual: T,
  message?: string,
): asserts actual is NonNullable<T> {
  assert(
    actual !== undefined && actual !== null,
    `Expected actual: "${actual}" to not be null or undefined${suffix(message)}`,
  );
}

/** Deep equality: NaN equals NaN, 0 equals -0, classes must agree, the order in a Set or Map is free. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  const difference = deepDifference(actual, expected);
  if (difference !== undefined) {
    throw new AssertionError(`Values are not equal${suffix(message)}\n${difference}`);
  }
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (deepDifference(actual, expected) === undefined) {
    throw new AssertionError(
      `Expected actual: ${Deno.inspect(actual)} not to be: ${Deno.inspect(expected)}${
        suffix(message)
      }`,
    );
  }
}

/** The same value in the sense of `Object.is`: 0 and -0 differ. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  assert(
    Object.is(actual, expected),
    `Values are not strictly equal${suffix(message)}\n` +
      `    actual: ${Deno.inspect(actual)}\n    expected: ${Deno.inspect(expected)}`,
  );
}

export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  assert(
    !Object.is(actual, expected),
    `Expected "actual" to not be strictly equal to: ${Deno.inspect(expected)}${suffix(message)}`,
  );
}

/** Without a tolerance: one hundred thousandth of a percent (1e-7) of the expected value. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  const shown = (x: number) => Number.isInteger(x) ? `${x}` : x.toExponential();
  // A NaN is close to nothing: the comparison must fail for it.
  assert(
    delta <= tolerance,
    `Expected actual: "${shown(actual)}" to be close to "${shown(expected)}": ` +
      `delta "${shown(delta)}" is greater than "${shown(tolerance)}"${suffix(message)}`,
  );
}

export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  assert(actual > expected, `Expect ${actual} > ${expected}${suffix(message)}`);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  assert(actual >= expected, `Expect ${actual} >= ${expected}${suffix(message)}`);
}

export function assertLess<T>(actual: T, expected: T, message?: string): void {
  assert(actual < expected, `Expect ${actual} < ${expected}${suffix(message)}`);
}

export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  assert(actual <= expected, `Expect ${actual} <= ${expected}${suffix(message)}`);
}

export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  assert(
    expected.test(actual),
    `Expected actual: "${actual}" to match: "${expected}"${suffix(message)}`,
  );
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  assert(
    actual.includes(expected),
    `Expected actual: "${actual}" to contain: "${expected}"${suffix(message)}`,
  );
}

export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  message = "",
): asserts actual is InstanceType<T> {
  assert(
    actual instanceof expectedType,
    message ||
      `Expected object to be an instance of "${expectedType.name}" but was ${
        actual === null || typeof actual !== "object" ? typeof actual : `"${className(actual)}"`
      }.`,
  );
}

export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: ErrorConstructor<E>,
  messageMatches?: string | RegExp,
  message?: string,
): asserts error is E {
  assert(error instanceof Error, `Expected "error" to be an Error object${suffix(message)}`);
  assert(
    errorClass === undefined || error instanceof errorClass,
    `Expected error to be instance of "${errorClass?.name}", but was "${className(error)}"${
      suffix(message)
    }`,
  );
  const matches = typeof messageMatches === "string"
    ? error.message.includes(messageMatches)
    : messageMatches?.test(error.message) ?? true;
  const wanted = typeof messageMatches === "string"
    ? JSON.stringify(messageMatches)
    : `${messageMatches}`;
  assert(
    matches,
    `Expected error message to include ${wanted}, but got ${JSON.stringify(error.message)}${
      suffix(message)
    }`,
  );
}

export function assertThrows(body: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  errorClass: ErrorConstructor<E>,
  messageIncludes?: string,
  message?: string,
): E;
export function assertThrows(
  body: () => unknown,
  ...expected: Expected
): unknown {
  try {
    body();
  } catch (error) {
    return checkThrown(error, "thrown", expected);
  }
  throw new AssertionError(`Expected function to throw${suffix(messageOf(expected))}`);
}

export function assertRejects(body: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  errorClass: ErrorConstructor<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  body: () => PromiseLike<unknown>,
  ...expected: Expected
): Promise<unknown> {
  let promise;
  try {
    promise = body();
  } catch {
    throw new AssertionError(
      `Function throws when expected to reject${suffix(messageOf(expected))}`,
    );
  }
  try {
    await promise;
  } catch (error) {
    return checkThrown(error, "rejected", expected);
  }
  throw new AssertionError(`Expected function to reject${suffix(messageOf(expected))}`);
}

/** What follows the function in `assertThrows` and `assertRejects`: a message alone, or a class and what its text includes. */
type Expected =
  | [message?: string]
  | [errorClass: ErrorConstructor<Error>, messageIncludes?: string, message?: string];

function messageOf(expected: Expected): string | undefined {
  return typeof expected[0] === "function" ? expected[2] : expected[0];
}

function checkThrown(error: unknown, how: "thrown" | "rejected", expected: Expected): unknown {
  if (typeof expected[0] !== "function") return error;
  const [errorClass, messageIncludes, message] = expected;
  assert(error instanceof Error, `A non-Error object was ${how}${suffix(message)}`);
  assertIsError(error, errorClass as ErrorConstructor<Error>, messageIncludes, message);
  return error;
}

function suffix(message: string | undefined): string {
  return message ? `: ${message}` : ".";
}

function className(value: object): string {
  return value.constructor?.name ?? "Object";
}

function deepDifference(actual: unknown, expected: unknown): string | undefined {
  try {
    nodeAssert.deepEqual(unsignedZeros(actual), unsignedZeros(expected));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A copy in which every -0 is a 0: `node:assert` tells them apart, `@std/assert` does not. */
function unsignedZeros(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return value.map((x) => x + 0);
  }
  if (Array.isArray(value)) {
    return fill<unknown[]>([], (copy) => {
      for (const item of value) copy.push(unsignedZeros(item, seen));
    });
  }
  if (value instanceof Map) {
    return fill(new Map(), (copy) => {
      for (const [key, item] of value) {
        copy.set(unsignedZeros(key, seen), unsignedZeros(item, seen));
      }
    });
  }
  if (value instanceof Set) {
    return fill(new Set(), (copy) => {
      for (const item of value) copy.add(unsignedZeros(item, seen));
    });
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return fill(Object.create(prototype) as Record<PropertyKey, unknown>, (copy) => {
    for (const key of Reflect.ownKeys(value)) {
      copy[key] = unsignedZeros((value as Record<PropertyKey, unknown>)[key], seen);
    }
  });

  /** Registers the copy before it is filled, so that a cycle ends. */
  function fill<T extends object>(copy: T, write: (copy: T) => void): T {
    seen.set(value as object, copy);
    write(copy);
    return copy;
  }
}
