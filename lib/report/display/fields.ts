/** Whether a value is an object that has each of these fields: what a kind of result is known by, after JSON too. */
export function hasFields(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

/** Whether a value is an array of at least one element, all of one kind. */
export function isArrayOf<Element>(
  value: unknown,
  is: (element: unknown) => element is Element,
): value is readonly Element[] {
  return Array.isArray(value) && value.length > 0 && value.every(is);
}
