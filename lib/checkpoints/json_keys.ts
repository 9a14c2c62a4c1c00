/**
 * Refuses a JSON text (known to be well-formed) in which an object has a key twice: `JSON.parse` keeps the last one
 * without a word. O(n).
 *
 * @throws {SyntaxError} With the key.
 */
export function assertUniqueKeys(text: string): void {
  const objects: Set<string>[] = [];
  let lastText = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{") objects.push(new Set());
    else if (character === "}") objects.pop();
    else if (character === '"') {
      const end = endOfText(text, i);
      lastText = text.slice(i, end);
      i = end - 1;
    } else if (character === ":") {
      const key: string = JSON.parse(lastText);
      const keys = objects.at(-1)!;
      if (keys.has(key)) throw new SyntaxError(`the key ${key} stands there twice`);
      keys.add(key);
    }
  }
}

/** The position after the closing quote. */
function endOfText(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
}
