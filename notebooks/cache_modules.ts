import { join, resolve } from "node:path";

/** The folder of the repository. */
export const repository: string = resolve(import.meta.dirname!, "..");

/** Gets the packages that the library imports, and with it the notebooks: what is in Deno's cache works without a network. */
export async function cacheModules(): Promise<void> {
  const { exports } = JSON.parse(await Deno.readTextFile(join(repository, "deno.json")));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--frozen", "--quiet", ...Object.values<string>(exports)],
    cwd: repository,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`Cannot get the library's packages: ${new TextDecoder().decode(stderr).trim()}`);
}
