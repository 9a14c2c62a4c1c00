import type { Distribution } from "../../lib/distributions/distribution.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { shannonLowerBound } from "../../lib/quantizers/bounds.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";

/** The laws between which the KS statistic picks, with variance 1: the cost of a book is then its share of the variance. */
const laws = {
  gaussian: gaussian({ mean: 0, standardDeviation: 1 }),
  laplace: laplace({ location: 0, scale: Math.SQRT1_2 }),
} satisfies Record<string, Distribution>;

/** One of the laws between which the KS statistic picks. */
export type PickedLaw = keyof typeof laws;

/** Those laws by name. */
export const pickedLaws = Object.keys(laws) as readonly PickedLaw[];

const books = new Map<string, ReturnType<typeof lloydMax>>();

/** Whether a law is one of those that have costs. */
export function isPickedLaw(family: string | undefined): family is PickedLaw {
  return family !== undefined && Object.hasOwn(laws, family);
}

/** What the Lloyd-Max book for one law, with the variance matched, is expected to cost on weights of another: a share of the variance. */
export function expectedCost(book: PickedLaw, weights: PickedLaw, bits: number): number {
  const { levels, thresholds } = bookFor(book, bits);
  return expectedMse(laws[weights], levels, thresholds).expectedMse;
}

/** Shannon's lower bound of a law at a rate in bits, however long the code's blocks: a share of the variance. */
export function shannonCost(weights: PickedLaw, bits: number): number {
  return shannonLowerBound(laws[weights], bits);
}

function bookFor(law: PickedLaw, bits: number): ReturnType<typeof lloydMax> {
  const name = `${law} ${bits}`;
  const book = books.get(name) ?? lloydMax(laws[law], { bits });
  books.set(name, book);
  return book;
}
