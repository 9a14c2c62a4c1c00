import { shapesTestSeed } from "../datasets/embedded.ts";
import type { Selection } from "./options.ts";

/** The options of `deno task bench` that choose what a run computes, each spelt out: they select the same again. */
export function optionsFor(selection: Selection): readonly string[] {
  const { tables, methods, bits, granularities, images, networks, checkpoint, network } = selection;
  const { allTables, allNetworks, seed, backend } = selection;
  return [
    ...(tables === undefined ? [] : ["--table", tables.join()]),
    ...(allTables && allNetworks ? ["--full"] : []),
    ...(networks === undefined ? [] : ["--networks", networks.join()]),
    ...(checkpoint === undefined ? [] : ["--checkpoint", checkpoint]),
    ...(network === undefined ? [] : ["--network", network]),
    "--images",
    images === undefined ? "all" : String(images),
    "--bits",
    bits.join(),
    "--granularity",
    granularities.length > 1 ? "both" : granularities[0]!,
    "--methods",
    methods.join(),
    ...(seed === shapesTestSeed ? [] : ["--seed", String(seed)]),
    "--backend",
    backend,
  ];
}
