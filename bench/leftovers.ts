import { join } from "node:path";

/** How old half of a file is when whoever wrote it is gone for sure, in milliseconds. */
const abandoned = 24 * 3600 * 1000;

/** Removes the halves of files that runs which were killed long ago left in a folder; other runs may be at the others. */
export function removeLeftovers(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!/^\.[\da-f-]{36}\.partial$/.test(name)) continue;
    const path = join(folder, name);
    try {
      const { mtime } = Deno.statSync(path);
      if (mtime !== null && Date.now() - mtime.getTime() > abandoned) Deno.removeSync(path);
    } catch {
      // Another run took it away.
    }
  }
}
