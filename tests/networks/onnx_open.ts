/** Opens a small network in onnxruntime, with whatever leave this program was given; prints what that comes to. */
import { openOnnxPredictor } from "../../lib/networks/onnx_predictor.ts";
import { onnxExamples } from "./onnx_networks.ts";

const { description, tensors } = onnxExamples()[0]!;
try {
  await openOnnxPredictor(description, tensors, { threads: 1 });
  console.log("opened");
} catch (error) {
  const { message, cause } = error as Error;
  console.log(message, cause instanceof Error ? "(with its cause)" : "");
}
