import { join } from "node:path";

const day = 24 * 3600 * 1000;

/** What a run leaves in its folders and none reads again, and how old it is when whoever wrote it is gone for sure, in milliseconds. */
const leftovers: readonly { readonly name: RegExp; readonly age: number }[] = [
  // Half of a file, of a run that was killed.
  { name: /^\.[\da-f-]{36}\.partial$/, age: day },
  // Images for the workers of a run, which every run writes anew.
  { name: /^[\da-f]{64}\.images$/, age: 7 * day },
];

/** Removes what runs left in a folder long ago; other runs may be at the rest. */
export function removeLeftovers(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    const kind = leftovers.find((kind) => kind.name.test(name));
    if (kind === undefined) continue;
    const path = join(folder, name);
    try {
      const { mtime } = Deno.statSync(path);
      if (mtime !== null && Date.now() - mtime.getTime() > kind.age) Deno.removeSync(path);
    } catch {
      // Another run took it away.
    }
  }
}
