import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { packTar } from "modern-tar";
import type { DatasetArchive, FileArchive, FolderArchive } from "../../datasets/catalog.ts";
import { unpackArchive } from "../../datasets/unpack_archive.ts";
import { slowTest } from "../needs_data.ts";

const url = "http://example.org/tiny.tar.gz";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const text = (content: string) => new TextEncoder().encode(content);

type Member = Parameters<typeof packTar>[0][number];
type Type = NonNullable<Member["header"]["type"]>;

function member(
  name: string,
  body: string | Uint8Array<ArrayBuffer> = "",
  type: Type = "file",
): Member {
  const bytes = typeof body === "string" ? text(body) : body;
  return { header: { name, size: bytes.length, type, linkname: "target" }, body: bytes };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Wants `tiny/data.bin` with that content. */
const fileArchive = (content: Uint8Array): FileArchive => ({
  url,
  bytes: 1,
  sha256: "",
  members: [{
    name: "tiny/data.bin",
    file: { path: "tiny/data.bin", bytes: content.length, sha256: sha256(content) },
  }],
});

/** Wants two images in `tiny/val` and one in `tiny/train`. */
const folderArchive: FolderArchive = {
  url,
  bytes: 1000,
  sha256: "",
  folder: "tiny",
  images: { val: 2, train: 1 },
};

const images = [
  member("tiny/", "", "directory"),
  member("tiny/val/n01/a.JPEG", "a"),
  member("tiny/val/n02/b.png", "bb"),
  member("tiny/train/n01/c.JPEG", "ccc"),
  member("tiny/list.csv", "1,2"),
];

/** Unpacks the archive and passes the folder, or the error. */
async function unpack(
  archive: DatasetArchive,
  tar: Uint8Array<ArrayBuffer>,
  body: (folder: string) => Promise<void> | void = () => {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/inside`);
    await Deno.writeFile(`${folder}/archive`, await gzip(tar));
    await unpackArchive(archive, `${folder}/archive`, `${folder}/inside`);
    await body(`${folder}/inside`);
  } finally {
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "archive",
      "inside",
    ]);
    await Deno.remove(folder, { recursive: true });
  }
}

async function assertRefused(
  archive: DatasetArchive,
  tar: Uint8Array<ArrayBuffer>,
  message: string,
): Promise<void> {
  const error = await assertRejects(() => unpack(archive, tar), Error, message);
  assert(error.message.startsWith(`Cannot unpack ${url}: `), error.message);
  assertMatch(error.message, /^[^\n]*$/);
}

Deno.test("unpackArchive() unpacks a folder of images as a whole, and what lies beside it not", async () => {
  const tar = await packTar([
    ...images,
    member("._tiny", "x"),
    member("./tiny/val/n02/d.txt", "d"),
  ]);
  await unpack(folderArchive, tar, async (folder) => {
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["tiny"]);
    assertEquals(await Deno.readTextFile(`${folder}/tiny/val/n02/b.png`), "bb");
    assertEquals(await Deno.readTextFile(`${folder}/tiny/val/n02/d.txt`), "d");
    assertEquals(await Deno.readTextFile(`${folder}/tiny/train/n01/c.JPEG`), "ccc");
    assertEquals(await Deno.readTextFile(`${folder}/tiny/list.csv`), "1,2");
  });
});

Deno.test("unpackArchive() refuses paths that lead out of the folder, links and special files, wherever they stand", async () => {
  const content = text("data");
  for (
    const [flawed, message] of [
      [member("/etc/passwd", "x"), '"/etc/passwd" may lead out of the folder'],
      [member("tiny/../../x", "x"), '"tiny/../../x" may lead out of the folder'],
      [member("..", "", "directory"), '".." may lead out of the folder'],
      [member("tiny\\..\\..\\x", "x"), "may lead out of the folder"],
      [member("C:\\x", "x"), "may lead out of the folder"],
      [member(`tiny/${"long/".repeat(60)}../x`, "x"), "may lead out of the folder"],
      [member("tiny/link", "", "symlink"), "tiny/link is a symlink"],
      [member("tiny/val/n01", "", "link"), "tiny/val/n01 is a link"],
      [member("tiny/null", "", "character-device"), "tiny/null is a character-device"],
      [member("tiny/pipe", "", "fifo"), "tiny/pipe is a fifo"],
    ] as const
  ) {
    await assertRefused(folderArchive, await packTar([...images, flawed]), message);
    const files = [flawed, member("tiny/data.bin", content)];
    await assertRefused(fileArchive(content), await packTar(files), message);
  }
});

Deno.test("unpackArchive() refuses a member of another length than the catalog tells, before it unpacks it", async () => {
  const tar = await packTar([member("tiny/data.bin", new Uint8Array(100_000))]);
  await assertRefused(
    fileArchive(text("data")),
    tar,
    "the length of tiny/data.bin must be 4 bytes, but is 100000",
  );
});

slowTest(
  "unpackArchive() refuses an archive that unpacks to more than the catalog explains, and names the member",
  async () => {
    const bomb = member("tiny/bomb.bin", new Uint8Array(6 * 2 ** 20));
    for (const archive of [folderArchive, fileArchive(text("data"))]) {
      await assertRefused(archive, await packTar([bomb]), "bytes, at tiny/bomb.bin");
    }
    const many = Array.from(
      { length: 3 },
      (_, i) => member(`tiny/${i}`, new Uint8Array(2 * 2 ** 20)),
    );
    await assertRefused(folderArchive, await packTar(many), "it unpacks to more than");
    const padded = new Uint8Array(10 * 2 ** 20);
    padded.set(await packTar(images.slice(0, 2)));
    await assertRefused(folderArchive, padded, "bytes, many of which are no members");
    const empty = Array.from({ length: 4200 }, (_, i) => member(`tiny/${i}/`, "", "directory"));
    await assertRefused(
      { ...folderArchive, bytes: 10_000_000 },
      await packTar(empty),
      "there are more members than 3 images explain: tiny/",
    );
  },
);

/** Changes the size that the first header tells, and the header's own checksum with it unless told otherwise. */
function lie(tar: Uint8Array<ArrayBuffer>, size: number, { checksum = true } = {}) {
  const lying = tar.slice();
  lying.set(text(size.toString(8).padStart(11, "0")), 124);
  if (checksum) {
    lying.fill(0x20, 148, 156);
    const sum = lying.subarray(0, 512).reduce((total, byte) => total + byte);
    lying.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
  return lying;
}

Deno.test("unpackArchive() refuses headers that lie about sizes", async () => {
  const content = new Uint8Array(700).fill(0x41);
  const tar = await packTar([member("tiny/data.bin", content), member("tiny/more.bin", "more")]);
  const told = (bytes: number) => ({
    ...fileArchive(content),
    members: fileArchive(content).members.map(
      ({ name, file }) => ({ name, file: { ...file, bytes } }),
    ),
  });
  await assertRefused(told(100), lie(tar, 100), "the sha256 of tiny/data.bin must be");
  await assertRefused(told(3_000_000), lie(tar, 3_000_000), "truncated");
  await assertRefused(told(700), lie(tar, 2 ** 32), "it unpacks to more than");
  await assertRefused(told(700), lie(tar, 512, { checksum: false }), "checksum");
  // Shorter than it is: what follows is no header.
  await assertRefused(folderArchive, lie(tar, 100), "Invalid tar number");
});

Deno.test("unpackArchive() tells what is missing, and that the same member comes twice", async () => {
  await assertRefused(
    folderArchive,
    await packTar(images.slice(0, 3)),
    "there must be 1 images in tiny/train, but are 0",
  );
  await assertRefused(
    folderArchive,
    await packTar([...images, member("tiny/val/n01/a.JPEG", "other")]),
    "tiny/val/n01/a.JPEG",
  );
  await assertRefused(
    fileArchive(text("data")),
    await packTar(images),
    "there is no tiny/data.bin in it",
  );
});

Deno.test("unpackArchive() stops when it is aborted", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/archive`, await gzip(await packTar(images)));
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => unpackArchive(folderArchive, `${folder}/archive`, folder, signal),
    Error,
    "enough",
  );
  await Deno.remove(folder, { recursive: true });
});
