/** Which images were classified right, as text: one bit for each in their order, the first in the lowest bit of the first byte, as base64. */
export function packHits(hits: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(hits.length / 8));
  hits.forEach((hit, i) => bytes[i >> 3]! |= hit << (i & 7));
  return bytes.toBase64();
}

/** The text's hits, 1 or 0 for each of so many images. */
export function unpackHits(text: string, size: number): Uint8Array {
  const bytes = Uint8Array.fromBase64(text);
  return Uint8Array.from({ length: size }, (_, i) => bytes[i >> 3]! >> (i & 7) & 1);
}
