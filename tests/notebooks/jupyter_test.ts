import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { repository } from "../../notebooks/cache_modules.ts";
import { jupyterPath, jupyterTest } from "../needs_jupyter.ts";

/** Runs one of the programs of notebooks/, with these variables and with Jupyter's files in a home of its own. */
async function runProgram(
  program: string,
  args: readonly string[],
  { PATH, home }: { PATH: string; home: string },
) {
  const { DENO_DIR, HOME } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--frozen", "-A", join(repository, "notebooks", program), ...args],
    cwd: repository,
    clearEnv: true,
    env: { PATH, HOME: home, DENO_DIR: DENO_DIR ?? `${HOME}/.cache/deno`, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function withHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  await body(home);
  await Deno.remove(home, { recursive: true });
}

Deno.test("deno task jupyter and deno task notebooks say in one line how to get Jupyter", async () => {
  await withHome(async (home) => {
    const jupyter = await runProgram("jupyter.ts", [], { PATH: home, home });
    assertEquals(jupyter, {
      code: 1,
      stdout: "",
      stderr: "Cannot start JupyterLab as it is not installed: pip install jupyterlab, " +
        "then deno task jupyter again\n",
    });
    const notebooks = await runProgram("run.ts", [], { PATH: home, home });
    assertEquals(
      notebooks.stderr,
      `${"Cannot execute notebooks as there is no jupyter on the PATH"}: \
pip install jupyterlab (or nbconvert)\n`,
    );
    assertEquals(notebooks.code, 1);
  });
});

Deno.test("deno task notebooks refuses names and options that don't exist", async () => {
  await withHome(async (home) => {
    const { code, stderr } = await runProgram("run.ts", ["99"], { PATH: home, home });
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Cannot find the notebook 99: there are 0");
    const option = await runProgram("run.ts", ["--save"], { PATH: home, home });
    assertEquals(option.stderr, "Cannot use --save: there is only --write\n");
  });
});

jupyterTest(
  "deno task jupyter installs the kernel, and keeps one that starts another Deno unless forced",
  async () => {
    await withHome(async (home) => {
      const PATH = `${jupyterPath!.replace(/\/[^/]+$/, "")}:/usr/bin:/bin`;
      const installed = `Jupyter's kernel "deno" starts ${Deno.execPath()}.`;
      const first = await runProgram("jupyter.ts", ["--version"], { PATH, home });
      assertEquals(first.stdout.split("\n")[0], installed);

      const kernel = Deno.build.os === "darwin" ? "Library/Jupyter" : ".local/share/jupyter";
      const path = join(home, kernel, "kernels/deno/kernel.json");
      const other = join(home, "deno");
      await Deno.writeTextFile(other, "#!/bin/sh\necho deno 1.40.0\n", { mode: 0o755 });
      const spec = JSON.parse(await Deno.readTextFile(path));
      await Deno.writeTextFile(path, JSON.stringify({ ...spec, argv: [other, "jupyter"] }));
      const second = await runProgram("jupyter.ts", ["--version"], { PATH, home });
      assertStringIncludes(
        second.stdout,
        `Jupyter has a kernel "deno" that starts ${other} (Deno 1.40.0), and keeps it`,
      );
      assertEquals(JSON.parse(await Deno.readTextFile(path)).argv[0], other);

      const forced = await runProgram("jupyter.ts", ["--force", "--version"], { PATH, home });
      assertEquals(forced.stdout.split("\n")[0], installed);
      assertEquals(JSON.parse(await Deno.readTextFile(path)).argv[0], Deno.execPath());
    });
  },
);
