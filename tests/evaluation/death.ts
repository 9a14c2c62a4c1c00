import type { Request } from "../../lib/evaluation/messages.ts";

/** How workers end. */
export interface Death {
  readonly how: "close" | "throw" | "trap" | "memory";
  /** At which request. */
  readonly kind: Request["kind"];
  /** From which image on, if it is to rank. */
  readonly from?: number;
  /** How often in all. */
  readonly times: number;
  /** A file that has a byte for each time so far. */
  readonly log: string;
}
