/** Reads a JSON fixture of tests/fixtures/ by its path there. */
export function readFixture<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`./fixtures/${path}`, import.meta.url)));
}
