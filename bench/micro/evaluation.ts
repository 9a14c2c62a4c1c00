import { join } from "node:path";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { medianOf } from "../../lib/numerics/order_statistics.ts";
import { fixed, significant } from "../../lib/report/format.ts";
import { markdownTable } from "../../lib/report/table.ts";
import { copyLock } from "../lock_copy.ts";
import { type Peer, type PeerAnswer, type PeerRequest, type Python, startPeer } from "./peer.ts";
import { randomImages, randomResNet20 } from "./resnet20.ts";

/** How many images a second of a ResNet-20 are computed in one way, on one core or on all. */
export interface EvaluationSpeed {
  readonly name: string;
  readonly cores: Cores;
  readonly setting: string;
  /** Undefined for what couldn't be started; the setting says why. */
  readonly imagesPerSecond?: number;
}

type Cores = "one" | "all";

/** Processes that compute at the same time, and what each is asked. */
interface Contestant {
  readonly name: string;
  readonly setting: string;
  readonly processes: readonly Peer[];
  readonly request: PeerRequest & { readonly batch: number };
}

const peerName = "PyTorch";
const allCores = navigator.hardwareConcurrency;
const rounds = 5;

/** How long a process computes before the next one's turn. */
const turnSeconds = 0.5;

/** From so many batches follows how many make a turn, and which setting of PyTorch is the fastest. */
const probeBatches = 2;

/** As many images of this size as measureAccuracy takes at a time. */
const ourBatch = 16;

/** What PyTorch is tried with; the fastest counts. */
const torchSettings = [16, 64, 256].flatMap((batch) =>
  [false, true].flatMap((folded) =>
    [false, true].map((channelsLast) => ({ batch, folded, channelsLast }))
  )
);

/**
 * Times the backends beside PyTorch, in turns: on one core, then on all, which for ours are as many processes with a thread each, and for
 * PyTorch is one process with as many threads.
 *
 * @param folder For the files that PyTorch reads, and a lock file that onnxruntime may be added to.
 */
export async function measureEvaluation(
  folder: string,
  python: Python | undefined,
  onStep: (what: string) => void,
): Promise<readonly EvaluationSpeed[]> {
  const starts = {
    "onnx": (cores: Cores) => startOurs("onnx", cores, folder),
    "wasm": (cores: Cores) => startOurs("wasm", cores, folder),
    [peerName]: (cores: Cores) => startTorch(python, cores, folder),
  };
  const speeds: EvaluationSpeed[] = [];
  for (const cores of ["one", "all"] as const) {
    const contestants: Contestant[] = [];
    for (const [name, start] of Object.entries(starts)) {
      onStep(`${name} on ${cores === "one" ? "one core" : "all cores"}`);
      try {
        contestants.push(await start(cores));
      } catch (error) {
        const setting = `skipped: ${(error as Error).message}`;
        speeds.push({ name, cores, setting });
      }
    }
    const found = await takeTurns(contestants);
    contestants.forEach(({ name, setting }, i) =>
      speeds.push({ name, cores, setting, imagesPerSecond: found[i]! })
    );
    await Promise.all(
      contestants.flatMap(({ processes }) => processes.map((peer) => peer.close())),
    );
  }
  return speeds;
}

/** The medians of each one's images a second, after a check that their logits are the same. */
async function takeTurns(contestants: readonly Contestant[]): Promise<readonly number[]> {
  const logits = await Promise.all(
    contestants.map(async (contestant) => (await ask(contestant, 1))[0]!.logits as number[]),
  );
  const scale = Math.max(...logits.flat().map(Math.abs));
  for (const [i, { name }] of contestants.entries()) {
    const error = Math.max(...logits[i]!.map((value, at) => Math.abs(value - logits[0]![at]!)));
    if (!(error <= 1e-4 * scale)) {
      throw new Error(
        `Cannot compare as the work is not the same: logits of ${name} differ by ${error}`,
      );
    }
  }
  const turns: number[] = [];
  for (const contestant of contestants) {
    const seconds = slowest(await ask(contestant, probeBatches)) / probeBatches;
    turns.push(Math.ceil(turnSeconds / seconds));
  }
  const speeds: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const { processes, request: { batch } } = contestant;
      const seconds = slowest(await ask(contestant, turns[i]!));
      speeds[i]!.push(processes.length * turns[i]! * batch / seconds);
    }
  }
  return speeds.map(medianOf);
}

function slowest(answers: readonly PeerAnswer[]): number {
  return Math.max(...answers.map(({ seconds }) => seconds));
}

function ask({ processes, request }: Contestant, batches: number): Promise<PeerAnswer[]> {
  return Promise.all(processes.map((peer) => peer.ask({ ...request, batches })));
}

async function startOurs(
  backend: "onnx" | "wasm",
  cores: Cores,
  folder: string,
): Promise<Contestant> {
  const lock = await copyLock(folder);
  const program = join(import.meta.dirname!, "evaluation_main.ts");
  const permissions = ["--no-prompt", "--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
  const args = ["run", "--quiet", `--lock=${lock}`, ...permissions, program, backend];
  const contestant: Contestant = {
    name: backend,
    setting: `batches of ${ourBatch}`,
    processes: Array.from(
      { length: cores === "one" ? 1 : allCores },
      () => startPeer(Deno.execPath(), args),
    ),
    request: { work: backend, batch: ourBatch },
  };
  await ask(contestant, 1);
  return contestant;
}

async function startTorch(
  python: Python | undefined,
  cores: Cores,
  folder: string,
): Promise<Contestant> {
  if (python === undefined) throw new Error("no Python with this package");
  const peer = startPeer(python.command);
  const work = {
    work: "resnet",
    threads: cores === "one" ? 1 : allCores,
    ...storeForTorch(folder),
  };
  const contestants = torchSettings.map((setting): Contestant => ({
    name: peerName,
    setting: `batches of ${setting.batch}, norms ${
      setting.folded ? "folded" : "as they are"
    }, channels ${setting.channelsLast ? "last" : "first"}`,
    processes: [peer],
    request: { ...work, ...setting },
  }));
  const speeds: number[] = [];
  for (const contestant of contestants) {
    const [answer] = await ask(contestant, probeBatches);
    speeds.push(contestant.request.batch / answer!.seconds);
  }
  return contestants[speeds.indexOf(Math.max(...speeds))]!;
}

/** Writes the weights and normalized images that PyTorch reads, and says where they are. */
function storeForTorch(folder: string) {
  const { tensors, metadata } = randomResNet20();
  const description = describeNetwork({ tensors, metadata });
  const { parameters } = description;
  const largest = Math.max(...torchSettings.map(({ batch }) => batch));
  const values = parameters.flatMap(({ name }) => [...tensors.get(name)!.data as Float32Array]);
  const weights = join(folder, "resnet20.f32"), images = join(folder, "images.f32");
  const write = (path: string, { buffer }: Float32Array<ArrayBuffer>) =>
    Deno.writeFileSync(path, new Uint8Array(buffer));
  write(weights, Float32Array.from(values));
  write(images, normalizedPlanes(randomImages(largest), description));
  return { weights, images, parameters: parameters.map(({ name, shape }) => [name, shape]) };
}

/** Images of bytes `[size, height, width, 3]` as PyTorch takes them: normalized, `[size, 3, height, width]`. */
function normalizedPlanes(
  pixels: Uint8Array,
  { input: { height, width }, normalization: { mean, standardDeviation } }: NetworkDescription,
): Float32Array<ArrayBuffer> {
  const area = height * width;
  return Float32Array.from(pixels, (_, i) => {
    const image = Math.floor(i / (3 * area)), channel = Math.floor(i / area) % 3;
    const byte = pixels[3 * (image * area + i % area) + channel]!;
    return (byte / 255 - mean[channel]!) / standardDeviation[channel]!;
  });
}

/** Our backends and PyTorch, with how many times as fast as PyTorch on the same cores each is. */
export function drawEvaluation(speeds: readonly EvaluationSpeed[], python?: Python): string {
  const ofPeer = (cores: Cores) =>
    speeds.find((speed) => speed.name === peerName && speed.cores === cores)?.imagesPerSecond;
  return markdownTable(speeds, {
    columns: [
      { title: "ResNet-20", value: ({ name }) => name },
      { title: "cores", value: ({ cores }) => cores === "one" ? "1" : `${allCores}` },
      {
        title: "images/s",
        value: ({ imagesPerSecond }) => imagesPerSecond,
        format: significant(4),
      },
      {
        title: "ratio",
        value: ({ cores, imagesPerSecond }) =>
          imagesPerSecond && ofPeer(cores) && imagesPerSecond / ofPeer(cores)!,
        format: significant(3),
      },
      {
        title: "goal",
        value: ({ name, cores }) => name === "onnx" && cores === "all" ? 1.2 : undefined,
        format: fixed(1),
      },
      { title: "setting", value: ({ setting }) => setting },
    ],
    footnotes: [
      `3x32x32 pixels, random weights, logits the same to 1e-4 of the largest; medians of ${rounds} turns of about ${turnSeconds} s`,
      "all cores: a process of ours on each, with one thread; one process of PyTorch with as many threads",
      `ours begin with bytes, PyTorch with normalized values; its setting is the fastest of ${torchSettings.length}`,
      `PyTorch ${python?.versions.torch ?? "was not found"}`,
    ],
  });
}
