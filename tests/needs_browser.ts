import type { Browser } from "playwright-core";
import { findCommand, isFile } from "./find_command.ts";

/** What Debian, other systems and people call Chromium and its kin. */
const commands = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const named = Deno.env.get("BITBELL_BROWSER") ?? "";

/** The browser for tests: that of BITBELL_BROWSER, or the first Chromium of the PATH; undefined without one. */
export const browserPath: string | undefined = isFile(named)
  ? named
  : commands.map(findCommand).find((path) => path !== undefined);

/** Of this file of tests, started with its first one. */
let browser: Promise<Browser> | undefined;

/** What it writes there, it would else write into the home of whoever runs the tests. */
let home: string | undefined;

/**
 * Registers a test in a real browser, the same for all tests of a file. Without one it is skipped, with a visible line and a count at the
 * end; `deno task ok` skips it too, as starting a browser takes seconds.
 */
export function browserTest(name: string, body: (browser: Browser) => Promise<void>): void {
  const reason = browserPath === undefined
    ? "no Chromium"
    : Deno.env.get("BITBELL_SLOW") === "1"
    ? undefined
    : "slow";
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    // It outlives the test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await body(await (browser ??= launch())),
  });
  if (!closes) Deno.test.afterAll(close);
  closes = true;
}

/** Whether the browser will be closed after the last test. */
let closes = false;

async function launch(): Promise<Browser> {
  // Else it looks in /proc for signs of Windows as it is loaded, which takes more access than tests have.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  // The pages are our own, and root, as in a container, has no sandbox.
  const args = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  home = await Deno.makeTempDir({ prefix: "bitbell-browser-" });
  const env = { ...Deno.env.toObject(), XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home };
  return await chromium.launch({ executablePath: browserPath!, args, env });
}

async function close(): Promise<void> {
  await (await browser)?.close();
  if (home !== undefined) await Deno.remove(home, { recursive: true });
}
