/** Finds pictures that are written out as text: as numbers, in base64, in hexadecimal digits or as colours. */

/** How many bytes in a row are a picture, whatever it shows: those of one plane of 32 by 32 pixels. */
const pictureBytes = 32 * 32;

const number = /-?\d+(?:\.\d+)?(?:e-?\d+)?/.source;

/** What may stand between numbers; "\\n" is how JSON writes a line feed. */
const separator = /(?:[\s,;|[\]"]|\\n)+/.source;

/** Where values may be bytes: the forms in which a text may hold them, as it stands there. */
const forms: readonly { form: string; pattern: RegExp; read: (text: string) => number[] }[] = [
  {
    form: "numbers",
    pattern: new RegExp(`(?<![\\w.])${number}(?:${separator}${number}){31,}`, "gi"),
    read: (text) => bytesOf((text.match(new RegExp(number, "gi")) ?? []).map(Number)),
  },
  // These are base64 too.
  {
    form: "hexadecimal digits",
    pattern: /(?:[0-9a-f]{2}){32,}/gi,
    read: (text) => (text.match(/../g) ?? []).map((digits) => parseInt(digits, 16)),
  },
  {
    form: "base64",
    pattern: /(?:[A-Za-z0-9+/]|\\n){44,}={0,2}/g,
    read: (text) => {
      const digits = text.replaceAll("\\n", "").replaceAll("=", "");
      // One digit over is no byte.
      const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
      return [...Uint8Array.fromBase64(whole)];
    },
  },
];

/** Bytes that a text may stand for, and in which form. */
export interface TextBytes {
  readonly form: string;
  readonly bytes: Uint8Array;
}

/** All runs of 32 bytes or more that a text holds in one of the forms; colours like #1f77b4 count together. */
export function bytesInText(text: string): TextBytes[] {
  const runs = forms.flatMap(({ form, pattern, read }) =>
    [...text.matchAll(pattern)].map(([run]) => ({ form, bytes: Uint8Array.from(read(run)) }))
  );
  const colors = [...text.matchAll(/#([0-9a-f]{6})\b|\brgb\((\d+),\s*(\d+),\s*(\d+)\)/gi)]
    .flatMap(([, hex, ...rgb]) =>
      hex === undefined ? rgb.map(Number) : [...Uint8Array.fromHex(hex)]
    );
  return [...runs, { form: "colours", bytes: Uint8Array.from(colors) }]
    .filter(({ bytes }) => bytes.length >= 32);
}

/** The form of a run of bytes that is as long as a picture; undefined if there is none. Colours are left to their content. */
export function pictureInText(runs: readonly TextBytes[]): string | undefined {
  return runs.find(({ form, bytes }) => form !== "colours" && bytes.length >= pictureBytes)?.form;
}

/** Whether some 32 bytes in a row are among the given ones, which are strings of character codes. */
export function holdsAny(runs: readonly TextBytes[], rows: ReadonlySet<string>): boolean {
  return runs.some(({ bytes }) => {
    const text = characters(bytes);
    for (let start = 0; start + 32 <= text.length; start++) {
      if (rows.has(text.slice(start, start + 32))) return true;
    }
    return false;
  });
}

/** One character for each byte. */
export function characters(bytes: Uint8Array): string {
  // Unlike "latin1", which the standard takes for windows-1252.
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Pixels as whole numbers to 255 or as shares of 1; none where a value is neither. */
function bytesOf(values: readonly number[]): number[] {
  if (values.every((value) => value >= 0 && value <= 1)) {
    return values.map((value) => Math.round(255 * value));
  }
  return values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)
    ? [...values]
    : [];
}
