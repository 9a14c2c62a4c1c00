/** JSON that also holds the numbers that JSON has no words for: Infinity, -Infinity and NaN stand as those words. */

const words: Readonly<Record<string, number>> = { Infinity, "-Infinity": -Infinity, NaN };

/** The text of plain data. */
export function toJson(value: unknown, indent?: number): string {
  const replacer = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return JSON.stringify(value, replacer, indent);
}

/** The plain data of a text. */
export function fromJson(text: string): unknown {
  const reviver = (_: string, value: unknown) =>
    typeof value === "string" && Object.hasOwn(words, value) ? words[value] : value;
  return JSON.parse(text, reviver);
}
