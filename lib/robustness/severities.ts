/** Severities 1 to 5 of a benchmark of corruptions. */
export interface Severities {
  /** Where they are from. */
  readonly source: string;
  /** Standard deviations of Gaussian noise, of the range of a pixel. */
  readonly noise: readonly number[];
  /** Factors of the distance from the mean. */
  readonly contrast: readonly number[];
  /** Qualities of JPEG, of libjpeg's 1 to 100. */
  readonly jpeg: readonly number[];
}

/**
 * Those of CIFAR-10-C and CIFAR-100-C, for images of 32 pixels a side (Hendrycks and Dietterich, ICLR 2019; `make_cifar_c.py`
 * of github.com/hendrycks/robustness).
 */
export const cifarCSeverities: Severities = {
  source: "CIFAR-10-C",
  noise: [0.04, 0.06, 0.08, 0.09, 0.1],
  contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
  jpeg: [80, 65, 58, 50, 40],
};

/**
 * Those of ImageNet-C, for images of 224 pixels a side (Hendrycks and Dietterich, ICLR 2019; `make_imagenet_c.py` of
 * github.com/hendrycks/robustness).
 */
export const imageNetCSeverities: Severities = {
  source: "ImageNet-C",
  noise: [0.08, 0.12, 0.18, 0.26, 0.38],
  contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
  jpeg: [25, 18, 15, 10, 7],
};
