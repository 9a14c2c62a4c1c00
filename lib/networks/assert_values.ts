import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "./description.ts";

/**
 * Holds the tensors to the description that was read off them: each is there, with as many values as its shape says, all of them finite.
 *
 * @throws {TypeError} If a tensor is missing, or its data disagree with its shape.
 * @throws {RangeError} If a tensor has a value that is not finite.
 */
export function assertValues(
  { title, parameters }: NetworkDescription,
  tensors: Checkpoint["tensors"],
): void {
  for (const { name, shape } of parameters) {
    const values = tensors.get(name)?.data as Float32Array | undefined;
    if (!values) throw new TypeError(`Cannot build ${title} as tensor ${name} is missing`);
    const size = shape.reduce((product, length) => product * length, 1);
    if (values.length !== size) {
      throw new TypeError(
        `Cannot build ${title} as tensor ${name} of shape [${
          shape.join(", ")
        }] must hold ${size} values, but holds ${values.length}`,
      );
    }
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) {
        throw new RangeError(
          `Cannot build ${title} as values must be finite: tensor ${name} has ${
            values[i]
          } at index ${i}`,
        );
      }
    }
  }
}
