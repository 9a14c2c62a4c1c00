import type { Normalization } from "./description.ts";

export const imagenetNormalization: Normalization = {
  mean: [0.485, 0.456, 0.406],
  standardDeviation: [0.229, 0.224, 0.225],
};

const cifar10Normalization: Normalization = {
  mean: [0.4914, 0.4822, 0.4465],
  standardDeviation: [0.2023, 0.1994, 0.201],
};

const cifar100Normalization: Normalization = {
  mean: [0.507, 0.487, 0.441],
  standardDeviation: [0.267, 0.256, 0.276],
};

/** The figures of CIFAR-10 or CIFAR-100, by the number of classes. */
export function cifarNormalization(classes: number): Normalization | undefined {
  return classes === 10
    ? cifar10Normalization
    : classes === 100
    ? cifar100Normalization
    : undefined;
}

/** `byte / 127.5 - 1`, from -1 to 1. */
export const signedNormalization: Normalization = {
  mean: [0.5, 0.5, 0.5],
  standardDeviation: [0.5, 0.5, 0.5],
};

/**
 * Reads a checkpoint's own note, `mean .485 .456 .406 std .229 .224 .225`.
 *
 * @throws {SyntaxError} If it is written otherwise.
 */
export function parseNormalization(text: string): Normalization {
  const words = text.trim().split(/[\s,]+/);
  const numbers = words.map(Number);
  if (words.length !== 8 || words[0] !== "mean" || words[4] !== "std") {
    throw unreadable(text);
  }
  const [mean, standardDeviation] = [numbers.slice(1, 4), numbers.slice(5)] as unknown as [
    Normalization["mean"],
    Normalization["standardDeviation"],
  ];
  try {
    return checkNormalization({ mean, standardDeviation });
  } catch {
    throw unreadable(text);
  }
}

/** @throws {RangeError} If a mean is not finite, or a standard deviation not finite and above 0. */
export function checkNormalization(normalization: Normalization): Normalization {
  const { mean, standardDeviation } = normalization;
  for (const channel of [0, 1, 2]) {
    const centre = mean[channel]!, spread = standardDeviation[channel]!;
    if (!Number.isFinite(centre) || !(spread > 0 && spread < Infinity)) {
      throw new RangeError(
        `Cannot normalize as means must be finite and standard deviations finite and above 0: channel ${channel} has ${centre} and ${spread}`,
      );
    }
  }
  return normalization;
}

function unreadable(text: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the checkpoint's normalization as "mean R G B std R G B": it is ${
      JSON.stringify(text)
    }`,
  );
}
