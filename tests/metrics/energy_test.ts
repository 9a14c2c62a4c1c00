import { assertEquals, assertThrows } from "@std/assert";
import { bitOperations, energyConstants, inferenceEnergy } from "../../lib/metrics/energy.ts";
import { assertRelative } from "../tolerance.ts";

/** By hand, from Horowitz's table: ResNet-20 for CIFAR-10 has 40,551,040 multiply-adds, and 4 bits a weight make 1/8 of the reads. */
const resnet20 = 40_551_040;

Deno.test("inferenceEnergy() equals figures worked out by hand from the source's table", () => {
  const float = inferenceEnergy({ multiplyAdds: resnet20, weightBytes: 1_000_000 });
  // 40,551,040 x (3.7 + 0.9) pJ; 125,000 accesses x 1.3 nJ, 2.6 nJ and 10 pJ.
  assertRelative(float.arithmetic, 186.534_784e-6, 1e-12, "float32");
  assertRelative(float.dram[0], 162.5e-6, 1e-12, "DRAM, least");
  assertRelative(float.dram[1], 325e-6, 1e-12, "DRAM, most");
  assertRelative(float.sram, 1.25e-6, 1e-12, "SRAM");

  const integer = inferenceEnergy({
    multiplyAdds: resnet20,
    weightBytes: 125_000,
    arithmetic: "int8",
  });
  // 40,551,040 x (0.2 + 0.1) pJ; 15,625 accesses.
  assertRelative(integer.arithmetic, 12.165_312e-6, 1e-12, "int8");
  assertRelative(integer.dram[0], 20.312_5e-6, 1e-12, "DRAM, least");
  assertRelative(integer.sram, 0.156_25e-6, 1e-12, "SRAM");
});

Deno.test("energyConstants hold what works that cite Horowitz say", () => {
  assertEquals(energyConstants, {
    float32: { multiply: 3.7, add: 0.9 },
    int8: { multiply: 0.2, add: 0.1 },
    sramAccess: 10,
    dramAccess: [1300, 2600],
  });
});

Deno.test("bitOperations() counts partial products", () => {
  assertEquals(
    bitOperations({ multiplyAdds: resnet20, weightBits: 2, activationBits: 8 }),
    648_816_640,
  );
  assertEquals(bitOperations({ multiplyAdds: 0, weightBits: 2, activationBits: 8 }), 0);
});

Deno.test("inferenceEnergy() and bitOperations() refuse what is no amount", () => {
  assertThrows(
    () => inferenceEnergy({ multiplyAdds: -1, weightBytes: 1 }),
    RangeError,
    "Cannot estimate energy as multiplyAdds must be finite and not negative: current value is -1",
  );
  assertThrows(
    () => inferenceEnergy({ multiplyAdds: 1, weightBytes: Infinity }),
    RangeError,
    "weightBytes must be finite and not negative: current value is Infinity",
  );
  assertThrows(
    () => inferenceEnergy({ multiplyAdds: 1, weightBytes: 1, arithmetic: "int4" as "int8" }),
    RangeError,
    "Cannot estimate energy as arithmetic must be float32 or int8: current value is int4",
  );
  assertThrows(
    () => bitOperations({ multiplyAdds: 1, weightBits: NaN, activationBits: 8 }),
    RangeError,
    "Cannot count bit operations as weightBits must be finite and not negative: current value is NaN",
  );
});
