import { assertEquals } from "@std/assert";
import { changedFiles } from "./changed_files.ts";

Deno.test("changedFiles() names what git says is new, changed or moved, and nothing that is gone", () => {
  // What git 2 says of such a folder.
  const status = [
    "A  added.ts",
    "MD both.ts",
    " M changed.ts",
    " D gone.ts",
    "AD lost.ts",
    "D  removed.ts",
    "M  staged.ts",
    "R  to a new place, ü.ts",
    "moved.ts",
    "?? fresh/",
    "",
  ].join("\0");
  assertEquals(changedFiles(status), [
    "added.ts",
    "changed.ts",
    "staged.ts",
    "to a new place, ü.ts",
    "fresh/",
  ]);
});

Deno.test("changedFiles() of a clean checkout are none", () => {
  assertEquals(changedFiles(""), []);
});
