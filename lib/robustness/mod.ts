/**
 * Images that make it harder for a network: noise, loss of contrast, JPEG, and attacks by gradients of the pixels.
 *
 * @module
 */
export { fgsm, type FgsmOptions, pgd, type PgdOptions } from "./attacks.ts";
export { compressJpeg, type CompressJpegOptions } from "./compress_jpeg.ts";
export { type InputGradient, type LossGradient, openInputGradient } from "./input_gradient.ts";
export { type Attack, attackSource, type Perturbation, perturbSource } from "./perturb_source.ts";
export { addGaussianNoise, changeContrast, type GaussianNoiseOptions } from "./perturbations.ts";
export { cifarCSeverities, imageNetCSeverities, type Severities } from "./severities.ts";
