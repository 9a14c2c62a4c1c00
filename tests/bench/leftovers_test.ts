import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { removeLeftovers } from "../../bench/leftovers.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("removeLeftovers() removes halves of files that are days old, images that are weeks old, and nothing else", async () => {
  await withFolder((folder) => {
    const half = () => `.${crypto.randomUUID()}.partial`;
    const images = (digit: string) => `${digit.repeat(64)}.images`;
    const ages = {
      [half()]: 2,
      [half()]: 0.5,
      [images("a")]: 8,
      [images("b")]: 2,
      "mine.partial": 30,
      "my.images": 30,
      "results.json": 30,
    };
    for (const [name, days] of Object.entries(ages)) {
      Deno.writeTextFileSync(join(folder, name), "");
      const time = new Date(Date.now() - days * 24 * 3600 * 1000);
      Deno.utimeSync(join(folder, name), time, time);
    }
    removeLeftovers(folder);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const [, young, , recent, ...others] = Object.keys(ages);
    assertEquals(left.toSorted(), [young, recent, ...others].toSorted());
  });
});
