import process from "node:process";
import { medianOf } from "../../lib/numerics/order_statistics.ts";

/** The seconds that a call takes. */
export function secondsOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** The processor's seconds that a call takes, whatever else the machine does meanwhile. */
export function processorSecondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The seconds of one call of work that is too short for the clock: the mean over a loop of at least 20 ms. */
export function secondsOfShort(work: () => unknown): number {
  let calls = 1;
  for (;;) {
    const seconds = secondsOf(() => {
      for (let i = 0; i < calls; i++) work();
    });
    if (seconds > 0.02) return seconds / calls;
    calls *= 4;
  }
}

/** The seconds that reading so many bytes, and writing so many, takes at the least: a sum over doubles, and a fill. */
export function secondsOfMemory({ read, written }: { read: number; written: number }): number {
  const source = new Float64Array(Math.ceil(read / 8));
  const target = new Uint8Array(written);
  return medianOf(Array.from({ length: 7 }, (_, i) =>
    secondsOf(() => {
      sumOf(source);
      target.fill(i);
    })));
}

/** Reads every value once. */
export function sumOf(values: Float64Array): number {
  let a = 0, b = 0, c = 0, d = 0;
  for (let i = 0; i + 4 <= values.length; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  return a + b + c + d;
}
