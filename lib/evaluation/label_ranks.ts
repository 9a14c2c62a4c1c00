/**
 * For each image the number of classes that come before its label: those with a larger logit, and of equal ones those with a lower
 * index. So 0 is a top-1 hit, and less than 5 a top-5 hit. An image with a NaN among its logits has the label last of all: never a hit.
 *
 * @param logits `[labels.length, classes]`, row by row.
 */
export function labelRanks(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): Uint16Array {
  const ranks = new Uint16Array(labels.length);
  for (let image = 0; image < labels.length; image++) {
    const first = image * classes, label = labels[image]!;
    const own = logits[first + label]!;
    let rank = 0;
    for (let other = 0; other < classes; other++) {
      const logit = logits[first + other]!;
      if (Number.isNaN(logit)) {
        rank = neverRight;
        break;
      }
      if (logit > own || (logit === own && other < label)) rank++;
    }
    ranks[image] = rank;
  }
  return ranks;
}

/** Last of all, also where there are fewer than five classes. */
const neverRight = 65_535;
