import { join } from "node:path";

/**
 * Copies deno.lock into a folder, and returns the copy's path, for processes that may import an optional package: Deno adds to its lock file
 * what a program imports, and downloads for everyone what is in there. The copy is there in full or not at all, as another process may read it.
 */
export async function copyLock(folder: string): Promise<string> {
  const copy = join(folder, "deno.lock");
  const partial = join(folder, `.${crypto.randomUUID()}.partial`);
  await Deno.copyFile(join(import.meta.dirname!, "../deno.lock"), partial);
  await Deno.rename(partial, copy);
  return copy;
}
