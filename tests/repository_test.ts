import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { dataTest } from "./needs_data.ts";
import { bytesInText, characters, holdsAny, pictureInText } from "./pixels_in_text.ts";

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

/** A picture of noise, row by row. */
const noise = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * 7919 + (i * i) % 251) % 256);

const written: [form: string, text: string][] = [
  ["numbers", JSON.stringify([...noise])],
  ["numbers", JSON.stringify([...noise], null, 1)],
  ["numbers", JSON.stringify([...noise].map((byte) => Number((byte / 255).toFixed(3))))],
  ["numbers", `| ${[...noise].join(" | ")} |`],
  ["base64", `"pixels": "${noise.toBase64()}"`],
  ["base64", JSON.stringify(noise.toBase64().replace(/.{76}/g, "$&\n"))],
  ["hexadecimal digits", noise.toHex()],
];

Deno.test("pictureInText() finds a picture written as numbers, in base64 or as digits", () => {
  for (const [form, text] of written) {
    assertEquals(pictureInText(bytesInText(text)), form, text.slice(0, 80));
  }
  const chart = Array.from({ length: 2000 }, (_, i) => ({ x: i, y: i % 7 }));
  assertEquals(pictureInText(bytesInText(JSON.stringify(chart))), undefined);
  const weights = Array.from({ length: 2000 }, (_, i) => Math.sin(i));
  assertEquals(pictureInText(bytesInText(JSON.stringify(weights))), undefined);
});

Deno.test("holdsAny() finds a row of pixels in every form, and as colours", () => {
  const row = characters(noise.subarray(64, 96));
  const pixels = [...noise].map((_, i) => noise.subarray(3 * i, 3 * i + 3)).slice(0, 100);
  const colors = pixels.map((pixel) => `<rect fill="#${pixel.toHex()}"/>`).join("");
  for (const text of [...written.map(([, text]) => text), colors]) {
    assertEquals(holdsAny(bytesInText(text), new Set([row])), true, text.slice(0, 80));
    assertEquals(holdsAny(bytesInText(text), new Set([`${row.slice(1)}\0`])), false);
  }
});

Deno.test("no notebook, page or guide holds a picture written out as text", () => {
  const found = [...listFiles()].filter((path) => /\.(ipynb|html|md|svg)$/.test(path))
    .flatMap((path) => {
      const form = pictureInText(bytesInText(Deno.readTextFileSync(path)));
      return form === undefined ? [] : [`${nameOf(path)}: ${form}`];
    });
  assertEquals(found, []);
});

dataTest("no notebook, page or guide holds a row of a CIFAR image, written in any way", (data) => {
  const rows = new Set<string>();
  for (const [file, record, label] of cifarFiles) {
    const bytes = Deno.readFileSync(join(data, file));
    for (let start = label; start < bytes.length; start += record) {
      // The middle row, of each plane, and pixel by pixel as it begins.
      const planes = [0, 1, 2].map((plane) => {
        const first = start + plane * 1024 + 16 * 32;
        return bytes.subarray(first, first + 32);
      });
      const interleaved = Uint8Array.from(
        { length: 32 },
        (_, i) => planes[i % 3]![Math.floor(i / 3)]!,
      );
      for (const row of [...planes, interleaved]) {
        if (new Set(row).size > 16) rows.add(characters(row));
      }
    }
  }
  const found = [...listFiles()].filter((path) => /\.(ipynb|html|md|svg)$/.test(path))
    .filter((path) => holdsAny(bytesInText(Deno.readTextFileSync(path)), rows));
  assertEquals(found.map(nameOf), []);
});

/** Test images: path, bytes of a record, bytes of its labels. */
const cifarFiles = [["cifar-10/test_batch.bin", 3073, 1], ["cifar-100/test.bin", 3074, 2]] as const;

dataTest("no file of the repository holds a file of the data folder, or a CIFAR image", (data) => {
  const foreign = new Map<string, string>();
  for (const path of listFiles(data)) {
    const name = relative(data, path);
    if (name.startsWith("weights/own") || Deno.statSync(path).size > 2 ** 27) continue;
    foreign.set(digestOf(Deno.readFileSync(path)), name);
  }
  // The middle row of the red plane of every 50th test image; flat ones, which anything may hold, are left out.
  const images = cifarFiles.flatMap(([file, record, label]) => {
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
