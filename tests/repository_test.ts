import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { dataTest } from "./needs_data.ts";

const root = join(import.meta.dirname!, "..");

/** What is not committed, as .gitignore says. */
const ignored = new Set([".git", ".cache", ".venv", "node_modules", ".ipynb_checkpoints"]);
const ignoredPaths = /^bench\/(out\/|results\/(images\/|journal))/;

/** Pictures of our own making, drawn by the seeded generators beside them. */
const ownPictures = /^tests\/fixtures\/(jpeg|preprocessing)\//;

/** How files with rasters begin. */
const signatures: Readonly<Record<string, readonly number[]>> = {
  PNG: [0x89, 0x50, 0x4e, 0x47],
  JPEG: [0xff, 0xd8, 0xff],
  GIF: [0x47, 0x49, 0x46, 0x38],
  WebP: [0x52, 0x49, 0x46, 0x46],
  BMP: [0x42, 0x4d],
  TIFF: [0x49, 0x49, 0x2a, 0x00],
  "TIFF, big-endian": [0x4d, 0x4d, 0x00, 0x2a],
};

/** How those read in base64, as in notebooks, HTML and SVG. */
const inText = /iVBORw0KGgo|\/9j\/[24]|R0lGOD[dl]|UklGR\S{4,8}V0VCUA|data:image\/(?!svg)/;

function* listFiles(folder = root): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (ignored.has(name)) continue;
    const path = join(folder, name);
    if (isDirectory) yield* listFiles(path);
    else if (!ignoredPaths.test(nameOf(path))) yield path;
  }
}

const nameOf = (path: string) => relative(root, path).replaceAll("\\", "/");

/** What raster a file holds; undefined if none. */
function rasterIn(bytes: Uint8Array): string | undefined {
  const [found] = Object.entries(signatures)
    .find(([, signature]) => signature.every((byte, i) => bytes[i] === byte)) ?? [];
  return found ?? new TextDecoder("latin1").decode(bytes).match(inText)?.[0];
}

Deno.test("rasterIn() finds pictures, and pictures in text", () => {
  const bytes = (...start: number[]) => Uint8Array.of(...start, 1, 2, 3, 4);
  assertEquals(rasterIn(bytes(0x89, 0x50, 0x4e, 0x47)), "PNG");
  assertEquals(rasterIn(bytes(0xff, 0xd8, 0xff, 0xe0)), "JPEG");
  const png = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a).toBase64();
  assertEquals(rasterIn(new TextEncoder().encode(`{"image/png": "${png}"}`)), "iVBORw0KGgo");
  assertEquals(rasterIn(new TextEncoder().encode("<svg></svg>")), undefined);
});

Deno.test("no file of the repository holds a picture that isn't drawn by this project", () => {
  const found = [...listFiles()].flatMap((path) => {
    const name = nameOf(path);
    // This file has the signatures themselves.
    if (ownPictures.test(name) || name === "tests/repository_test.ts") return [];
    const raster = rasterIn(Deno.readFileSync(path));
    return raster === undefined ? [] : [`${name}: ${raster}`];
  });
  assertEquals(found, []);
});

dataTest("no file of the repository holds a file of the data folder, or a CIFAR image", (data) => {
  const foreign = new Map<string, string>();
  for (const path of listFiles(data)) {
    const name = relative(data, path);
    if (name.startsWith("weights/own") || Deno.statSync(path).size > 2 ** 27) continue;
    foreign.set(digestOf(Deno.readFileSync(path)), name);
  }
  // The middle row of the red plane of every 50th test image; flat ones, which anything may hold, are left out.
  const rows = [["cifar-10/test_batch.bin", 3073, 1], ["cifar-100/test.bin", 3074, 2]] as const;
  const images = rows.flatMap(([file, record, label]) => {
    const bytes = Deno.readFileSync(join(data, file));
    return Array.from({ length: 200 }, (_, i) => {
      const start = 50 * i * record + label + 16 * 32;
      return bytes.subarray(start, start + 32);
    }).filter((row) => new Set(row).size > 16);
  });
  const needles = images.map((row) => new TextDecoder("latin1").decode(row));
  const found = [...listFiles()].flatMap((path) => {
    const bytes = Deno.readFileSync(path);
    const copy = foreign.get(digestOf(bytes));
    if (copy !== undefined) return [`${nameOf(path)}: ${copy}`];
    const text = new TextDecoder("latin1").decode(bytes);
    return needles.some((needle) => text.includes(needle)) ? [`${nameOf(path)}: an image`] : [];
  });
  assertEquals(found, []);
});

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
