/**
 * `deno task jupyter`: makes this Deno a kernel of Jupyter, gets the packages that the notebooks import, and starts JupyterLab in this
 * folder. A kernel "deno" that starts another Deno stays as it is, and is named; `--force` replaces it. Further parameters go to
 * `jupyter lab`, as in `deno task jupyter --no-browser`.
 */
import { cacheModules } from "./cache_modules.ts";

const getJupyter =
  "Cannot start JupyterLab as it is not installed: pip install jupyterlab, then deno task jupyter again";

Deno.exit(await main(Deno.args));

/** The exit code. */
async function main(parameters: readonly string[]): Promise<number> {
  if (!await succeeds("jupyter", ["kernelspec", "--version"])) {
    console.error(getJupyter);
    return 1;
  }
  if (!await provideKernel(parameters.includes("--force"))) return 1;
  if (!await succeeds("jupyter", ["lab", "--version"])) {
    console.error(getJupyter);
    return 1;
  }
  await cacheModules();
  const args = ["lab", ...parameters.filter((parameter) => parameter !== "--force")];
  const lab = new Deno.Command("jupyter", { args, cwd: import.meta.dirname! }).spawn();
  // Ctrl-C is for JupyterLab, which asks whether to stop; this program ends with it.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => lab.kill("SIGTERM"));
  return (await lab.status).code;
}

/** Sees to it that Jupyter has a kernel "deno"; whether it has one that can start. */
async function provideKernel(force: boolean): Promise<boolean> {
  const command = await kernelCommand();
  if (!force && command === Deno.execPath()) return true;
  if (!force && command !== undefined) {
    const version = await denoVersion(command);
    if (version === Deno.version.deno) return true;
    if (version !== undefined) {
      console.log(
        `Jupyter has a kernel "deno" that starts ${command} (Deno ${version}), and keeps it; ` +
          `deno task jupyter --force takes this Deno ${Deno.version.deno} in its place.`,
      );
      return true;
    }
    console.log(`Jupyter's kernel "deno" starts ${command}, which is no Deno; it is replaced.`);
  }
  await new Deno.Command(Deno.execPath(), { args: ["jupyter", "--install", "--force"] }).output();
  if (await kernelCommand() === Deno.execPath()) {
    console.log(`Jupyter's kernel "deno" starts ${Deno.execPath()}.`);
    return true;
  }
  console.error(
    "Cannot start JupyterLab as it doesn't see the kernel that deno jupyter --install made: " +
      "is JUPYTER_DATA_DIR set, or another kernel before it? jupyter --paths says where it looks",
  );
  return false;
}

/** The program that Jupyter's kernel "deno" starts; undefined without such a kernel. */
async function kernelCommand(): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("jupyter", {
    args: ["kernelspec", "list", "--json"],
    stderr: "null",
  }).output();
  const { kernelspecs } = JSON.parse(new TextDecoder().decode(stdout));
  return kernelspecs.deno?.spec.argv[0];
}

/** The version of a Deno; undefined if the file is missing or is something else. */
async function denoVersion(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(command, { args: ["--version"], stderr: "null" })
      .output();
    return new TextDecoder().decode(stdout).match(/^deno (\d+\.\d+\.\d+)/)?.[1];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, { args, stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
