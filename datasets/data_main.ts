/**
 * The command behind `deno task data`: downloads a data set into the cache folder, or, without an argument, lists what there is.
 *
 *     deno task data [cifar-10 | cifar-100]
 */
import { SingleBar } from "cli-progress";
import { datasetCatalog } from "./catalog.ts";
import { downloadDataset, findDownload } from "./download.ts";
import { findData } from "./find_data.ts";

const interrupted = 130;

if (import.meta.main) {
  try {
    Deno.exitCode = await run(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  }
}

async function run(names: readonly string[]): Promise<number> {
  if (names.length === 0) return list();
  // All of them before the first download, which may take minutes.
  for (const name of names) {
    if (name.startsWith("-")) {
      throw new RangeError(
        `Cannot read the command line: there are no options, only names of data sets: current value is ${name}`,
      );
    }
    findDownload(name);
  }
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  try {
    for (const name of names) await download(name, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    console.error("Interrupted: nothing was kept");
    return interrupted;
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
  return 0;
}

/** Prints the catalog: each data set, whether it is there, its licence and source. */
function list(): number {
  const location = findData();
  console.log(location.line);
  for (const { name, title, archive, homepage, licence, citation } of datasetCatalog) {
    const megabytes = archive === undefined ? "" : ` (${Math.round(archive.bytes / 1e6)} MB)`;
    const state = location.datasets.includes(name)
      ? "present"
      : archive === undefined
      ? "not present"
      : `not present: deno task data ${name}${megabytes}`;
    console.log(`\n${name}: ${state}\n  ${title}\n  licence: ${licence}`);
    if (citation !== undefined) console.log(`  cite: ${citation}`);
    if (homepage !== undefined) console.log(`  source: ${homepage}`);
  }
  return 0;
}

async function download(name: string, signal: AbortSignal): Promise<void> {
  const bar = new SingleBar({
    format: `${name} {bar} {percentage}% of {megabytes} MB | {eta_formatted} left`,
    hideCursor: true,
  });
  let shown = false;
  const { status, folder, files } = await downloadDataset(name, {
    signal,
    onProgress: (done, total) => {
      if (!shown) bar.start(total, 0, { megabytes: Math.round(total / 1e6) });
      shown = true;
      bar.update(done);
    },
  }).finally(() => shown && bar.stop());
  const done = status === "present" ? "is already there" : "was downloaded";
  console.log(`${name} ${done}: ${files.join(", ")} in ${folder}`);
  const set = Deno.env.get("BITBELL_DATA");
  if (set !== undefined && set !== "") {
    console.log("BITBELL_DATA is set and comes first: unset it to use the cache folder");
  }
}
