import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openJournal } from "../../bench/journal.ts";
import { withFolder } from "./with_folder.ts";

const about = { name: "mse: a", inputs: "{}" };

Deno.test("openJournal() keeps entries from one opening to the next, infinities included", async () => {
  await withFolder((folder) => {
    const path = join(folder, "made", "journal.sqlite");
    const entry = { result: { sqnrDb: Infinity, list: [0.1 + 0.2] }, timing: { seconds: 1.5 } };
    const first = openJournal(path);
    assertEquals(first.read("a"), undefined);
    first.write("a", entry, about);
    first.close();
    const second = openJournal(path);
    assertEquals(second.read("a"), entry);
    assertEquals(second.read("b"), undefined);
    second.close();
  });
});

Deno.test("openJournal() lets two runs share a journal; the later entry stands", async () => {
  await withFolder((folder) => {
    const path = join(folder, "journal.sqlite");
    const one = openJournal(path), two = openJournal(path);
    one.write("a", { result: 1, timing: { seconds: 1 } }, about);
    two.write("a", { result: 2, timing: { seconds: 1 } }, about);
    two.write("b", { result: 3, timing: { seconds: 1 } }, about);
    assertEquals([one.read("a")?.result, one.read("b")?.result], [2, 3]);
    one.close();
    two.close();
  });
});

Deno.test("openJournal() refuses a file that is none, and leaves it as it is", async () => {
  await withFolder((folder) => {
    const path = join(folder, "journal.sqlite");
    const text = "not a database, but long enough to look like one\n".repeat(40);
    Deno.writeTextFileSync(path, text);
    assertThrows(() => openJournal(path), Error, `Cannot use ${path} as a journal: `);
    assertEquals(Deno.readTextFileSync(path), text);
  });
});

Deno.test("openJournal() refuses a database of other columns in one line that names the file", async () => {
  await withFolder((folder) => {
    const path = join(folder, "journal.sqlite");
    const database = new DatabaseSync(path);
    database.exec("create table cells (digest text primary key, figures text)");
    database.close();
    assertThrows(() => openJournal(path), Error, `Cannot use ${path} as a journal: `);
  });
});

Deno.test("openJournal() names the file that can't be written", async () => {
  await withFolder((folder) => {
    const path = join(folder, "journal.sqlite");
    const journal = openJournal(path);
    const database = new DatabaseSync(path);
    // Whatever is written is refused, as by a full disk.
    database.exec(
      "create trigger full before insert on cells begin select raise(abort, 'full'); end",
    );
    database.close();
    const entry = { result: 1, timing: { seconds: 1 } };
    assertThrows(() => journal.write("a", entry, about), Error, `Cannot write to ${path}: full`);
    journal.close();
  });
});
