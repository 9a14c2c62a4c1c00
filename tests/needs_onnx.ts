/**
 * Registers a test that computes with onnxruntime-node, a large optional package: with BITBELL_ONNX=1 it is downloaded where it is missing,
 * without it the test is skipped, with a visible line and a count at the end.
 */
export function onnxTest(name: string, body: () => void | Promise<void>): void {
  const ignore = Deno.env.get("BITBELL_ONNX") !== "1";
  Deno.test({ name: ignore ? `${name} (skipped: no BITBELL_ONNX)` : name, ignore, fn: body });
}
