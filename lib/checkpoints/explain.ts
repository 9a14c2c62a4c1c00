const kinds = [SyntaxError, RangeError, TypeError] as const;

/** Runs `body`; an error of it is thrown again as the same kind, with `prefix` before its reason. */
export function explain<T>(prefix: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw explained(prefix, error);
  }
}

/** The same for a body that returns a promise. */
export async function explainAsync<T>(prefix: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw explained(prefix, error);
  }
}

function explained(prefix: string, error: unknown): unknown {
  const kind = kinds.find((kind) => error instanceof kind);
  if (!kind || !(error instanceof Error)) return error;
  return new kind(oneLine(`${prefix}: ${error.message}`), { cause: error });
}

const longest = 1000;

/** Names come from files of strangers: no line breaks, no terminal escapes, no megabytes in a message. */
export function oneLine(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return cut.replaceAll(
    /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
