/** The data folder that tests may read (laid out like the project's data set), or undefined. */
export const dataFolder: string | undefined = Deno.env.get("BITBELL_DATA") || undefined;

/** Registers a test that reads the data folder; without one it is skipped, with a visible line and a count at the end. */
export function dataTest(name: string, body: (folder: string) => void | Promise<void>): void {
  const ignore = dataFolder === undefined;
  Deno.test({
    name: ignore ? `${name} (skipped: no BITBELL_DATA)` : name,
    ignore,
    fn: () => body(dataFolder!),
  });
}

/** Registers a test of more than half a second: `deno task test` runs it, `deno task ok` skips it visibly. */
export function slowTest(name: string, body: () => void | Promise<void>): void {
  const ignore = Deno.env.get("BITBELL_SLOW") !== "1";
  Deno.test({ name: ignore ? `${name} (skipped: slow)` : name, ignore, fn: body });
}
