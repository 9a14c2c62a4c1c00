import { join } from "node:path";
import { installKernel, jupyterEnvironment } from "../../notebooks/execute.ts";
import { repository } from "../../notebooks/cache_modules.ts";

/** A running JupyterLab and the folder that it serves. */
export interface JupyterServer {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
}

/**
 * Starts JupyterLab on a free port for the body's time. It serves a folder laid out like the clone, with copies of these notebooks, and
 * keeps what it writes in a folder of the test's own.
 */
export async function withJupyterLab(
  notebooks: readonly string[],
  body: (server: JupyterServer) => Promise<void>,
): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "bitbell-lab-" });
  const folder = join(scratch, "clone");
  try {
    await Deno.mkdir(join(folder, "notebooks"), { recursive: true });
    await Deno.symlink(join(repository, "datasets"), join(folder, "datasets"));
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ links: [repository] }));
    await Deno.copyFile(join(repository, "deno.lock"), join(folder, "deno.lock"));
    for (const name of notebooks) {
      await Deno.copyFile(
        join(repository, "notebooks", name),
        join(folder, "notebooks", name),
      );
    }
    await installKernel(scratch);
    await writeSettings(scratch);
    await serve(scratch, folder, body);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** All outputs in the page at once, and no question about news. */
async function writeSettings(scratch: string): Promise<void> {
  const settings = {
    "notebook-extension/tracker": { windowingMode: "none" },
    "apputils-extension/notification": { fetchNews: "false", checkForUpdates: false },
  };
  for (const [name, values] of Object.entries(settings)) {
    const path = join(
      jupyterEnvironment(scratch)["JUPYTERLAB_SETTINGS_DIR"]!,
      "@jupyterlab",
      `${name}.jupyterlab-settings`,
    );
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, JSON.stringify(values));
  }
}

async function serve(
  scratch: string,
  folder: string,
  body: (server: JupyterServer) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const token = crypto.randomUUID();
  const { BITBELL_DATA: _, ...variables } = Deno.env.toObject();
  const child = new Deno.Command("jupyter", {
    // deno-fmt-ignore
    args: [
      "lab", "--no-browser", "--allow-root", "--expose-app-in-browser",
      `--ServerApp.root_dir=${folder}`, "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`, "--ServerApp.port_retries=0",
      `--IdentityProvider.token=${token}`,
    ],
    clearEnv: true,
    env: {
      ...variables,
      ...jupyterEnvironment(scratch),
      BITBELL_CACHE: join(scratch, "empty"),
    },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  const url = `http://127.0.0.1:${port}`;
  let running = true;
  const ended = child.status.then(() => running = false);
  try {
    while (running && !await answers(`${url}/api/status?token=${token}`)) await pause(200);
    if (!running) throw new Error(`JupyterLab ended: ${await log}`);
    try {
      await body({ url, token, folder });
    } finally {
      if (running) await shutDownKernels({ url, token });
    }
  } finally {
    // A gentler signal it may never answer, and without kernels it holds nothing but the scratch folder.
    if (running) child.kill("SIGKILL");
    await ended;
    await log;
  }
}

/** The server ends by a signal, which leaves kernels running. A server that doesn't answer shall not keep the test from ending. */
async function shutDownKernels({ url, token }: Pick<JupyterServer, "url" | "token">) {
  const signal = AbortSignal.timeout(60_000);
  const kernels = await (await fetch(`${url}/api/kernels?token=${token}`, { signal })).json();
  for (const { id } of kernels) {
    const path = `${url}/api/kernels/${id}?token=${token}`;
    const answer = await fetch(path, { method: "DELETE", signal });
    await answer.body?.cancel();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
