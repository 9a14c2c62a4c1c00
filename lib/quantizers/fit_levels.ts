import { atomFamily, type LevelFamily, rangeFamily, splitFamily } from "./level_families.ts";
import {
  companderLevels,
  distancesFrom,
  heaviestItem,
  nearestBeside,
  nearestTo,
} from "./level_starts.ts";
import { generalizedGaussianDensity, studentDensity } from "./point_density.ts";
import {
  condensedCells,
  type LevelsError,
  levelsError,
  type SampleCells,
  singleCells,
} from "./sample_cells.ts";
import { simplexDescent } from "./simplex_descent.ts";
import type { SortedSums } from "./sorted_sums.ts";

/** The laws over which levels are spread: generalized Gaussian ones of these shapes, Student's of these degrees of freedom. */
const shapes = [0.4, 0.55, 0.75, 1, 1.4, 2, 4];
const degreesOfFreedom = [2, 3, 4, 6, 10];
/** With a level on an atom: generalized Gaussian ones of these shapes. */
const atomShapes = [0.55, 1, 2];

/** Starts are compared with so many levels, and searches go on with no more than so many. */
const scannedCount = 64;
const searchedCount = 512;
/** Items of the condensed sample: so many for each level, and no fewer than so many. */
const itemsPerLevel = 16;
const leastItems = 4096;

/** How widely and how long a descent goes. */
interface Stage {
  readonly stepSize: number;
  readonly evaluationLimit: number;
}

/** How many of the best starts are followed, and how far; and how many of their ends go on with smaller steps. */
interface Effort {
  readonly starts: number;
  readonly following: Stage;
  readonly ends: number;
  readonly polishing: Stage;
}

/** Samples of fewer values are channels, of which there are many, and have so many minima that more effort gains little. */
const smallSize = 1000;
const smallEffort: Effort = {
  starts: 4,
  following: { stepSize: 1, evaluationLimit: 60 },
  ends: 1,
  polishing: { stepSize: 0.2, evaluationLimit: 150 },
};

/** Books of few levels are measured sooner, so that more starts can be followed. */
function effortOf(size: number, count: number): Effort {
  if (size < smallSize) return smallEffort;
  return {
    starts: Math.min(Math.max(Math.floor(256 / count), 6), 12),
    following: { stepSize: 1, evaluationLimit: 80 },
    ends: 2,
    polishing: { stepSize: 0.2, evaluationLimit: 250 },
  };
}

/** Numbers found with fewer levels are adapted to more. */
const adapting: Stage = { stepSize: 0.05, evaluationLimit: 40 };
/** A descent ends where the errors at its corners differ by less than this share. */
const tolerance = 1e-5;
/** Rounds of assignment and least squares for location and width. */
const refitLimit = 4;

let knownFamilies: readonly LevelFamily[] | undefined;

/** All families, made at the first use: their tables stay. */
export function levelFamilies(): readonly LevelFamily[] {
  if (knownFamilies === undefined) {
    const densities = [
      ...shapes.map(generalizedGaussianDensity),
      ...degreesOfFreedom.map(studentDensity),
    ];
    knownFamilies = [
      ...densities.map(rangeFamily),
      ...densities.map(splitFamily),
      ...densities.filter(({ family, shape }) =>
        family === "generalized-gaussian" && atomShapes.includes(shape)
      ).map(atomFamily),
    ];
  }
  return knownFamilies;
}

/** Numbers of a family, and the error of its levels. */
interface Candidate {
  readonly family: LevelFamily;
  readonly numbers: Float64Array;
  readonly error: number;
  /** Whether the descent that ended here met its tolerance within its limit. */
  readonly converged: boolean;
}

/** The best numbers found, in the units of the sums. */
export interface LevelsFit extends Candidate {
  /** How many books were evaluated. */
  readonly evaluations: number;
}

/** The family and its four numbers with levels of small error on a sample: a local minimum for each of several families, and the best of those. */
export function fitLevels(sums: SortedSums, count: number): LevelsFit {
  const cells = singleCells(sums);
  const searched = Math.min(count, searchedCount);
  const condensed = condensedCells(cells, Math.max(leastItems, itemsPerLevel * searched));
  const coarse = condensedCells(condensed, itemsPerLevel * scannedCount);
  const search = new Search(condensed, searched);
  const starts = scan(coarse, Math.min(count, scannedCount));
  const effort = effortOf(cells.items.length, searched);
  const ends = starts.candidates.slice(0, effort.starts)
    .map((start) => search.descend(search.refit(start), effort.following))
    .sort((a, b) => a.error - b.error)
    .slice(0, effort.ends)
    .map((end) => search.descend(end, effort.polishing));
  const best = ends.reduce((least, end) => end.error < least.error ? end : least);
  const last = new Search(cells, count);
  const end = searched < count ? last.descend(last.refit(best), adapting) : best;
  const fit = last.refit(end);
  return {
    ...fit,
    evaluations: starts.evaluations + search.evaluations + last.evaluations,
  };
}

/** Searches on one sample with one number of levels. */
class Search {
  evaluations = 0;
  readonly #cells: SampleCells;
  readonly #levels: Float64Array;

  constructor(cells: SampleCells, count: number) {
    this.#cells = cells;
    this.#levels = new Float64Array(count);
  }

  #measure(family: LevelFamily, numbers: Float64Array): LevelsError | undefined {
    this.evaluations++;
    return numbers[1]! > 0 && family.place(numbers, this.#levels)
      ? levelsError(this.#cells, this.#levels)
      : undefined;
  }

  /** Assignment and least squares for location and width in turn, while the error falls. A level on an atom stays there. */
  refit(candidate: Candidate): Candidate {
    const { family, numbers } = candidate;
    let best: Candidate = { ...candidate, error: Infinity };
    let next = numbers;
    for (let round = 0; round <= refitLimit; round++) {
      const found = this.#measure(family, next);
      if (!(found !== undefined && found.error < best.error)) break;
      best = { ...candidate, numbers: next, error: found.error };
      if (family.kind === "atom") break;
      next = Float64Array.of(
        found.shift + found.factor * next[0]!,
        found.factor * next[1]!,
        next[2]!,
        next[3]!,
      );
    }
    return best;
  }

  /** A descent in all four numbers. */
  descend({ family, numbers }: Candidate, { stepSize, evaluationLimit }: Stage): Candidate {
    const width = numbers[1]!;
    const steps = family.steps.map((step, i) => step * stepSize * (i < 2 ? width : 1));
    const { point, value, evaluations } = simplexDescent(
      numbers,
      steps,
      (point) => this.#measure(family, point)?.error ?? Infinity,
      { tolerance, evaluationLimit },
    );
    return { family, numbers: point, error: value, converged: evaluations < evaluationLimit };
  }
}

/** Levels of location 0 and width 1 for the shapes of a family: with few levels they are asked for over and over. */
const knownStarts = new Map<string, readonly Float64Array[]>();

function startLevels(family: LevelFamily, count: number): readonly Float64Array[] {
  const key = [count, family.kind, family.density.family, family.density.shape].join(" ");
  const known = knownStarts.get(key) ?? family.shapes.map((shape) => {
    const levels = new Float64Array(count);
    family.place(Float64Array.of(0, 1, ...shape), levels);
    return levels;
  });
  knownStarts.set(key, known);
  return known;
}

/** For each family the best of its starts, the best family first. */
function scan(cells: SampleCells, count: number) {
  const levels = new Float64Array(count);
  const size = cells.sums.masses.at(-1)! - cells.sums.masses[0]!;
  const heaviest = heaviestItem(cells);
  // A repeated value that outweighs a level's fair share may have a level of its own.
  const hasAtom = heaviest.mass > 1 && heaviest.mass * count > size;
  const target = companderLevels(cells, count);
  const distances = hasAtom
    ? companderLevels(distancesFrom(cells, heaviest.value), count >> 1)
    : target;
  const candidates: Candidate[] = [];
  let evaluations = 0;
  for (const family of levelFamilies()) {
    const besideAtom = family.kind === "atom";
    if (besideAtom && !hasAtom) continue;
    const standards = startLevels(family, count);
    let best: Candidate | undefined;
    family.shapes.forEach((shape, i) => {
      const standard = standards[i]!;
      const numbers = besideAtom
        ? nearestBeside(heaviest.value, distances, standard.subarray(-distances.length), shape[1])
        : nearestTo(target, standard, shape);
      if (besideAtom) family.place(numbers, levels);
      else levels.set(standard.map((level) => numbers[0]! + numbers[1]! * level));
      evaluations++;
      const { error } = levelsError(cells, levels);
      if (best === undefined || error < best.error) {
        best = { family, numbers, error, converged: false };
      }
    });
    candidates.push(best!);
  }
  return { candidates: candidates.sort((a, b) => a.error - b.error), evaluations };
}
