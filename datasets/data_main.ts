/**
 * The command behind `deno task data`: downloads data sets and weights, or, without a name, lists what there is.
 *
 *     deno task data [--folder FOLDER] [NAME ...]
 */
import { SingleBar } from "cli-progress";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { datasetCatalog, weightsCatalog } from "./catalog.ts";
import { type DownloadOptions, findDownload } from "./download.ts";
import { findData, findPath } from "./find_data.ts";

const interrupted = 130;

const help = `deno task data                         what there is, and what can be downloaded
deno task data cifar-10                download a data set, or go on with it
deno task data resnet18 mobilenet-v2   download weights
deno task data --folder FOLDER NAME    download into this folder instead of the cache (BITBELL_CACHE sets another)

What has come is kept when a download is interrupted: the same command goes on from there. HTTP_PROXY, HTTPS_PROXY and
NO_PROXY are honoured.`;

if (import.meta.main) {
  try {
    Deno.exitCode = await run(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { names, folder, asksHelp } = readCommandLine(args);
  if (asksHelp) {
    console.log(help);
    return 0;
  }
  if (names.length === 0) return list();
  // All of them before the first download, which may take minutes.
  const downloads = names.map((name) => ({ name, download: findDownload(name) }));
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  try {
    for (const { name, download } of downloads) {
      await show(name, download, { folder, signal: controller.signal });
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    console.error("Interrupted: what has come is kept, and the same command goes on from there");
    return interrupted;
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
  return 0;
}

function readCommandLine(args: readonly string[]) {
  const options = { folder: { type: "string" }, help: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
    });
    if (values.folder === "") throw new Error("--folder must name a folder");
    return {
      names: positionals,
      // A task runs in the repository's root, wherever it was started.
      ...(values.folder !== undefined && {
        folder: resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), values.folder),
      }),
      asksHelp: values.help === true,
    };
  } catch (error) {
    throw new RangeError(
      `Cannot read the command line: ${
        (error as Error).message.split(". ")[0]
      } (there are --folder and --help)`,
    );
  }
}

/** Prints the catalog: each data set and all weights with an address, whether they are there, their licence and source. */
function list(): number {
  const location = findData();
  console.log(location.line);
  for (const { name, title, archive, homepage, licence, citation } of datasetCatalog) {
    const state = location.datasets.includes(name)
      ? "present"
      : archive === undefined
      ? "not present"
      : `not present: deno task data ${name}${megabytes(archive)}`;
    console.log(`\n${name}: ${state}\n  ${title}\n  licence: ${licence}`);
    if (citation !== undefined) console.log(`  cite: ${citation}`);
    if (homepage !== undefined) console.log(`  source: ${homepage}`);
  }
  for (const { name, dataset, architecture, path, download, licence, source } of weightsCatalog) {
    if (download === undefined) continue;
    const state = findPath(location, path) !== undefined
      ? "present"
      : `not present: deno task data ${name}${megabytes(download)}`;
    console.log(`\n${name}: ${state}\n  weights for ${dataset}: ${architecture}`);
    console.log(`  licence: ${licence}\n  source: ${source}`);
  }
  return 0;
}

function megabytes({ bytes }: { readonly bytes?: number }): string {
  return bytes === undefined ? "" : ` (${Math.round(bytes / 1e6)} MB)`;
}

async function show(
  name: string,
  download: ReturnType<typeof findDownload>,
  options: DownloadOptions,
): Promise<void> {
  const bar = new SingleBar({
    format: `${name} {bar} {percentage}% of {megabytes} MB | {eta_formatted} left`,
    hideCursor: true,
  });
  let shown = false;
  const { status, folder, files } = await download({
    ...options,
    onProgress: (done, total) => {
      if (!shown) bar.start(total, done, { megabytes: Math.round(total / 1e6) });
      shown = true;
      bar.update(done);
    },
  }).finally(() => shown && bar.stop());
  const done = status === "present" ? "is already there" : "was downloaded";
  console.log(`${name} ${done}: ${files.join(", ")} in ${folder}`);
  const set = Deno.env.get("BITBELL_DATA");
  if (set !== undefined && set !== "" && resolve(set) !== resolve(folder)) {
    console.log(`BITBELL_DATA is set and comes first: unset it to use ${folder}`);
  }
}
