import { join } from "node:path";

/**
 * Copies deno.lock into a folder, and returns the copy's path, for processes that may import an optional package: Deno adds to its lock file
 * what a program imports, and downloads for everyone what is in there.
 */
export async function copyLock(folder: string): Promise<string> {
  const copy = join(folder, "deno.lock");
  await Deno.copyFile(join(import.meta.dirname!, "../deno.lock"), copy);
  return copy;
}
