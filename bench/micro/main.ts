/** `deno task bench:micro`: the kernels beside their peers in Python, and how their time grows with the number of values. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { medianOf } from "../../lib/numerics/order_statistics.ts";
import { fixed, significant } from "../../lib/report/format.ts";
import { markdownTable } from "../../lib/report/table.ts";
import { type Comparison, makeComparisons } from "./comparisons.ts";
import { drawEvaluation, measureEvaluation } from "./evaluation.ts";
import { measureGrowth } from "./growth.ts";
import { drawMethodTimes, measureMethods } from "./methods.ts";
import { findPythons, type Peer, type Python, startPeer } from "./peer.ts";
import { secondsOf, secondsOfMemory, secondsOfShort } from "./timing.ts";

const help =
  `deno task bench:micro: the kernels beside what a user would otherwise reach for, one thread each

  --only LIST      of ks, k-means-local, k-means-exact, encode, lloyd-max, pipeline, growth, methods; default: all;
                   and evaluation, which gets onnxruntime-node, a large package, from npm where it is missing
  --largest N      the largest size of the growth table; default: 1e7 (1e8 takes 8 GB and some minutes)
  --python LIST    where to look for peers; default: python3,/usr/bin/python3
`;

interface Row {
  readonly comparison: Comparison;
  readonly ours: number;
  readonly theirs?: number;
  readonly limit: number;
  readonly note: string;
}

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    largest: { type: "string", default: "1e7" },
    python: { type: "string", default: "python3,/usr/bin/python3" },
    help: { type: "boolean", default: false },
  },
});

/** Times ours and the peer in turns, after one call of ours that compiles the kernel. */
async function compare(comparison: Comparison, peer: Peer | undefined): Promise<Row> {
  const { ours, request, check, memory, short, peerRounds } = comparison;
  const measure = short ? secondsOfShort : secondsOf;
  let result = ours();
  const times: number[] = [], theirTimes: number[] = [];
  let note = "skipped: no Python with this package";
  for (let round = 0; round < 7; round++) {
    times.push(measure(() => result = ours()));
    if (peer === undefined || round >= peerRounds) continue;
    const answer = await peer.ask(request);
    theirTimes.push(answer.seconds);
    note = check(result, answer);
  }
  return {
    comparison,
    ours: medianOf(times),
    theirs: peer === undefined ? undefined : medianOf(theirTimes),
    limit: secondsOfMemory(memory),
    note,
  };
}

function drawComparisons(rows: readonly Row[], pythons: readonly Python[]): string {
  const milliseconds = (seconds: number | undefined) => seconds && seconds * 1000;
  return markdownTable(rows, {
    columns: [
      { title: "work", value: ({ comparison }) => comparison.name },
      {
        title: "ours",
        unit: "ms",
        value: ({ ours }) => milliseconds(ours),
        format: significant(3),
      },
      { title: "peer", value: ({ comparison }) => comparison.peer },
      {
        title: "peer",
        unit: "ms",
        value: ({ theirs }) => milliseconds(theirs),
        format: significant(3),
      },
      {
        title: "ratio",
        value: ({ ours, theirs }) => theirs && theirs / ours,
        format: significant(3),
      },
      { title: "goal", value: ({ comparison }) => comparison.goal, format: fixed(0) },
      {
        title: "memory",
        unit: "ms",
        value: ({ limit }) => milliseconds(limit),
        format: significant(2),
      },
      { title: "same work", value: ({ note }) => note },
    ],
    footnotes: [
      "one thread each, in turns; medians of 7 runs, but one run of Lloyd's iteration",
      "memory: one read, and one write, of the same bytes",
      ...pythons.map(({ command, versions }) =>
        `${command}: ${
          Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ") ||
          "no peer"
        }`
      ),
    ],
  });
}

function drawGrowth(largest: number): string {
  const sizes = [1e4, 1e5, 1e6, 1e7, 1e8].filter((size) => size <= largest);
  const rows = measureGrowth(sizes, (kernel) => console.error(`growth: ${kernel}`));
  return markdownTable(rows, {
    columns: [
      { title: "ns per value", value: ({ kernel }) => kernel },
      ...sizes.map((size, i) => ({
        title: `10^${Math.log10(size)}`,
        value: ({ nanoseconds }: (typeof rows)[number]) => nanoseconds[i],
        format: significant(2),
      })),
    ],
  });
}

async function main(): Promise<void> {
  const words = options.only.split(",").map((word) => word.trim()).filter(Boolean);
  const pythons = await findPythons(options.python.split(","));
  const out = join(import.meta.dirname!, "../out");
  await Deno.mkdir(out, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: out, prefix: "micro-" });
  try {
    const rows: Row[] = [];
    for (const make of makeComparisons(folder, words)) {
      const comparison = make();
      console.error(`${comparison.name}: beside ${comparison.peer}`);
      const python = pythons.find(({ versions }) =>
        comparison.packages.every((name) => name in versions)
      );
      const peer = python && startPeer(python.command);
      rows.push(await compare(comparison, peer));
      await peer?.close();
    }
    if (rows.length > 0) console.log(drawComparisons(rows, pythons));
    if (words.includes("evaluation")) {
      const python = pythons.find(({ versions }) => "torch" in versions);
      const onStep = (what: string) => console.error(`evaluation: ${what}`);
      console.log(drawEvaluation(await measureEvaluation(folder, python, onStep), python));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (words.length === 0 || words.includes("growth")) {
    console.log(drawGrowth(Number(options.largest)));
  }
  if (words.length === 0 || words.includes("methods")) {
    const times = await measureMethods((name) => console.error(`methods: ${name}`));
    console.log(drawMethodTimes(times));
  }
}

if (options.help) console.log(help);
else await main();
