import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { removeLeftovers } from "../../bench/leftovers.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("removeLeftovers() removes halves of files that are days old, and nothing else", async () => {
  await withFolder((folder) => {
    const half = () => `.${crypto.randomUUID()}.partial`;
    const old = half(), young = half();
    for (const name of [old, young, "mine.partial", "results.json"]) {
      Deno.writeTextFileSync(join(folder, name), "");
      const days = name === young ? 0.5 : 2;
      const time = new Date(Date.now() - days * 24 * 3600 * 1000);
      Deno.utimeSync(join(folder, name), time, time);
    }
    removeLeftovers(folder);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(left.toSorted(), [young, "mine.partial", "results.json"].toSorted());
  });
});
