import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import { fixed, percent, significant } from "../../lib/report/format.ts";
import { markdownTable } from "../../lib/report/table.ts";
import { parseOptions } from "../options.ts";
import { settingName, variantName } from "../results.ts";
import { methodSettings } from "../tables/method_cells.ts";
import { sum } from "../tables/network_error.ts";
import { processorSecondsOf } from "./timing.ts";

/** How long a method takes for all tensors of the network, at each of its widths, in processor time. */
interface MethodTime {
  readonly method: string;
  /** Seconds by the code width. */
  readonly seconds: ReadonlyMap<number, number>;
  readonly total: number;
}

/** Designs a book for every tensor of a ResNet-20 and quantizes with it, by every method at every width of the bench's table of methods. */
export async function measureMethods(
  onSetting: (name: string) => void,
): Promise<readonly MethodTime[]> {
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
  const tensors = quantizableTensors(checkpoint).map(([, tensor]) => tensor);
  const options = ["--table", "methods", "--granularity", "tensor"];
  const settings = methodSettings(parseOptions(options, ["methods"]));
  const times = settings.map((setting) => {
    onSetting(settingName(setting));
    return {
      setting,
      seconds: processorSecondsOf(() =>
        tensors.forEach((tensor) => void quantizeTensor(tensor, setting))
      ),
    };
  });
  return [...Map.groupBy(times, ({ setting }) => variantName(setting))]
    .map(([method, ofMethod]) => ({
      method,
      seconds: new Map(ofMethod.map(({ setting, seconds }) => [setting.bits, seconds])),
      total: sum(ofMethod, ({ seconds }) => seconds),
    }))
    .toSorted((a, b) => b.total - a.total);
}

/** The methods from the slowest on, with the share that each has. */
export function drawMethodTimes(times: readonly MethodTime[]): string {
  const total = sum(times, (time) => time.total);
  const widths = [...new Set(times.flatMap(({ seconds }) => [...seconds.keys()]))]
    .toSorted((a, b) => a - b);
  return markdownTable(times, {
    columns: [
      { title: "method", value: ({ method }) => method },
      ...widths.map((bits) => ({
        title: `${bits} bits`,
        unit: "s",
        value: ({ seconds }: MethodTime) => seconds.get(bits),
        format: significant(2),
      })),
      { title: "all", unit: "s", value: (time) => time.total, format: fixed(2) },
      { title: "share", unit: "%", value: (time) => time.total / total, format: percent(1) },
    ],
    footnotes: [
      `all methods at all widths, one codebook for each tensor of a ResNet-20, processor time: ${
        fixed(1)(total)
      } s; goal: under 20 s`,
      "design and quantization; compilation and garbage collection included",
    ],
  });
}
