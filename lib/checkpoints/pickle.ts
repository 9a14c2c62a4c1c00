import { explain } from "./explain.ts";

/**
 * A Python object that a pickle may name. What it stands for is a plain value here: nothing of a pickle is ever
 * executed, and `call` is this library's own reading of what Python would have built.
 */
export interface PickleGlobal {
  readonly name: string;
  readonly call?: (parameters: readonly unknown[]) => unknown;
}

/** Stands where a value was read but not kept (a set, a NumPy scalar, a device, ...). */
export const unread: unique symbol = Symbol("unread");

/** What a pickle may refer to, and where it begins. */
export interface UnpickleOptions {
  /** The offset of the first byte. @default 0 */
  readonly start?: number;
  /** The allow-list, by "module.name". */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** What a persistent id stands for. */
  readonly persistent?: (id: unknown) => unknown;
}

/** The opcodes of protocols 1 to 5 that occur in checkpoints. Protocol 0 does not: PyTorch itself cannot read it. */
const opcodes = {
  PROTO: 0x80,
  FRAME: 0x95,
  STOP: 0x2e,
  MARK: 0x28,
  POP: 0x30,
  POP_MARK: 0x31,
  // plain values
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  INT: 0x49,
  LONG: 0x4c,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  BINUNICODE: 0x58,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  BINBYTES8: 0x8e,
  BYTEARRAY8: 0x96,
  // containers
  EMPTY_TUPLE: 0x29,
  TUPLE: 0x74,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  EMPTY_LIST: 0x5d,
  LIST: 0x6c,
  APPEND: 0x61,
  APPENDS: 0x65,
  EMPTY_DICT: 0x7d,
  DICT: 0x64,
  SETITEM: 0x73,
  SETITEMS: 0x75,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  // memo
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  MEMOIZE: 0x94,
  // references
  GLOBAL: 0x63,
  STACK_GLOBAL: 0x93,
  REDUCE: 0x52,
  NEWOBJ: 0x81,
  BUILD: 0x62,
  BINPERSID: 0x51,
} as const;

/**
 * A tensor takes about fifty. A step makes one value at most, and the items that a call is given count as steps, so this bounds the
 * time and the memory that a hostile pickle gets.
 */
const maximalSteps = 2_000_000;

/** Names and written-out integers are short. */
const maximalLine = 1000;

/**
 * Reads one pickle without executing anything: tuples and lists become arrays, dictionaries become `Map`, strings of
 * Python 2 are read as UTF-8, and integers beyond 2^53 become `bigint`. Returns the value and the offset after it. O(n)
 * in time and memory, without recursion.
 *
 * @throws {SyntaxError} If the pickle ends early, holds an opcode that is not on the list, or names a global that is
 * not on the list.
 */
export function unpickle(
  bytes: Uint8Array,
  { start = 0, globals, persistent }: UnpickleOptions,
): { value: unknown; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let position = start;
  let at = start;
  let steps = 0;

  /** Steps over `count` bytes and returns where they begin. */
  function advance(count: number): number {
    if (count > bytes.length - position) {
      throw new SyntaxError(`the data end at byte ${bytes.length}, inside the pickle`);
    }
    const from = position;
    position += count;
    return from;
  }

  function fail(reason: string): never {
    throw new SyntaxError(`${reason} at byte ${at}`);
  }

  const uint8 = () => view.getUint8(advance(1));
  const uint32 = () => view.getUint32(advance(4), true);
  const uint64 = () => Number(view.getBigUint64(advance(8), true));

  function raw(length: number): Uint8Array {
    const from = advance(length);
    return bytes.subarray(from, from + length);
  }

  function text(length: number): string {
    const encoded = raw(length);
    try {
      return decoder.decode(encoded);
    } catch {
      return fail("a text is not UTF-8");
    }
  }

  function line(): string {
    const end = bytes.subarray(position, position + maximalLine).indexOf(0x0a);
    if (end < 0) {
      if (bytes.length - position < maximalLine) advance(maximalLine);
      fail(`a line has more than ${maximalLine} bytes`);
    }
    const content = text(end);
    advance(1);
    return content;
  }

  function decimal(digits: string): number | bigint {
    if (!/^[+-]?\d+$/.test(digits)) fail("an integer is malformed");
    return narrow(BigInt(digits));
  }

  function long(length: number): number | bigint {
    let value = 0n;
    for (const byte of raw(length).toReversed()) value = value << 8n | BigInt(byte);
    return narrow(BigInt.asIntN(8 * length, value));
  }

  function floor(): number {
    return marks.at(-1) ?? 0;
  }

  function pop(): unknown {
    if (stack.length <= floor()) fail("a value is missing");
    return stack.pop();
  }

  /** The value under what was popped: a container to be filled, a result to be remembered. */
  function top(): unknown {
    if (stack.length <= floor()) fail("a value is missing");
    return stack.at(-1);
  }

  function popToMark(): unknown[] {
    const mark = marks.pop();
    if (mark === undefined) fail("a mark is missing");
    return stack.splice(mark);
  }

  function append(list: unknown, values: readonly unknown[]): void {
    if (!Array.isArray(list)) fail("what is appended to is not a list");
    for (const value of values) list.push(value);
  }

  function setItems(map: unknown, items: readonly unknown[]): void {
    if (!(map instanceof Map)) fail("what is filled is not a dictionary");
    if (items.length % 2 !== 0) fail("a dictionary's last key has no value");
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  function recall(index: number): unknown {
    if (!memo.has(index)) fail(`value ${index} was never remembered, yet it is used`);
    return memo.get(index);
  }

  function lookUp(module: unknown, name: unknown): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") return fail("a name is not a text");
    const global = globals.get(`${module}.${name}`);
    if (!global) {
      throw new SyntaxError(
        `it refers to ${module}.${name} at byte ${at}, which is refused: only tensors (a network by its state_dict) ` +
          "and plain values are read, and nothing is run",
      );
    }
    return global;
  }

  function call(global: unknown, parameters: unknown): unknown {
    if (!Array.isArray(parameters)) fail("a call lacks its parameters");
    if (!isCallable(global)) fail("what is called cannot be");
    // What is called may copy a list that the memo hands out again and again: its length counts as steps.
    for (const parameter of parameters) if (Array.isArray(parameter)) steps += parameter.length;
    return explain(`${global.name} at byte ${at}`, () => global.call(parameters));
  }

  while (steps++ < maximalSteps) {
    at = position;
    const opcode = uint8();
    switch (opcode) {
      case opcodes.PROTO: {
        const protocol = uint8();
        if (protocol > 5) fail(`protocol ${protocol} is unknown`);
        break;
      }
      case opcodes.FRAME: {
        const length = uint64();
        advance(length);
        position -= length;
        break;
      }
      case opcodes.STOP:
        return { value: pop(), end: position };
      case opcodes.MARK:
        marks.push(stack.length);
        break;
      case opcodes.POP:
        pop();
        break;
      case opcodes.POP_MARK:
        popToMark();
        break;

      case opcodes.NONE:
        stack.push(null);
        break;
      case opcodes.NEWTRUE:
        stack.push(true);
        break;
      case opcodes.NEWFALSE:
        stack.push(false);
        break;
      case opcodes.INT: {
        const digits = line();
        stack.push(digits === "00" ? false : digits === "01" ? true : decimal(digits));
        break;
      }
      case opcodes.LONG:
        stack.push(decimal(line().replace(/L$/, "")));
        break;
      case opcodes.BININT:
        stack.push(view.getInt32(advance(4), true));
        break;
      case opcodes.BININT1:
        stack.push(uint8());
        break;
      case opcodes.BININT2:
        stack.push(view.getUint16(advance(2), true));
        break;
      case opcodes.LONG1:
        stack.push(long(uint8()));
        break;
      case opcodes.BINFLOAT:
        stack.push(view.getFloat64(advance(8), false));
        break;
      case opcodes.BINUNICODE:
      case opcodes.BINSTRING:
        stack.push(text(uint32()));
        break;
      case opcodes.SHORT_BINUNICODE:
      case opcodes.SHORT_BINSTRING:
        stack.push(text(uint8()));
        break;
      case opcodes.BINUNICODE8:
        stack.push(text(uint64()));
        break;
      case opcodes.BINBYTES:
        stack.push(raw(uint32()));
        break;
      case opcodes.SHORT_BINBYTES:
        stack.push(raw(uint8()));
        break;
      case opcodes.BINBYTES8:
      case opcodes.BYTEARRAY8:
        stack.push(raw(uint64()));
        break;

      case opcodes.EMPTY_TUPLE:
      case opcodes.EMPTY_LIST:
        stack.push([]);
        break;
      case opcodes.TUPLE:
      case opcodes.LIST:
        stack.push(popToMark());
        break;
      case opcodes.TUPLE1:
        stack.push([pop()]);
        break;
      case opcodes.TUPLE2:
        stack.push([pop(), pop()].reverse());
        break;
      case opcodes.TUPLE3:
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case opcodes.APPEND: {
        const value = pop();
        append(top(), [value]);
        break;
      }
      case opcodes.APPENDS: {
        const values = popToMark();
        append(top(), values);
        break;
      }
      case opcodes.EMPTY_DICT:
        stack.push(new Map());
        break;
      case opcodes.DICT: {
        const map = new Map();
        setItems(map, popToMark());
        stack.push(map);
        break;
      }
      case opcodes.SETITEM: {
        const value = pop(), key = pop();
        setItems(top(), [key, value]);
        break;
      }
      case opcodes.SETITEMS: {
        const items = popToMark();
        setItems(top(), items);
        break;
      }
      case opcodes.EMPTY_SET:
        stack.push(unread);
        break;
      case opcodes.ADDITEMS:
        popToMark();
        top();
        break;
      case opcodes.FROZENSET:
        popToMark();
        stack.push(unread);
        break;

      case opcodes.BINGET:
        stack.push(recall(uint8()));
        break;
      case opcodes.LONG_BINGET:
        stack.push(recall(uint32()));
        break;
      case opcodes.BINPUT:
        memo.set(uint8(), top());
        break;
      case opcodes.LONG_BINPUT:
        memo.set(uint32(), top());
        break;
      case opcodes.MEMOIZE:
        memo.set(memo.size, top());
        break;

      case opcodes.GLOBAL: {
        const module = line(), name = line();
        stack.push(lookUp(module, name));
        break;
      }
      case opcodes.STACK_GLOBAL: {
        const name = pop(), module = pop();
        stack.push(lookUp(module, name));
        break;
      }
      case opcodes.REDUCE:
      case opcodes.NEWOBJ: {
        const parameters = pop(), global = pop();
        stack.push(call(global, parameters));
        break;
      }
      case opcodes.BUILD: {
        // Attributes, such as the version notes that PyTorch hangs on a state_dict: nothing that weights need.
        pop();
        top();
        break;
      }
      case opcodes.BINPERSID: {
        const id = pop();
        if (!persistent) fail("a persistent id is not expected");
        stack.push(explain(`the persistent id at byte ${at}`, () => persistent(id)));
        break;
      }
      default:
        fail(`opcode 0x${opcode.toString(16).padStart(2, "0")} is not known`);
    }
  }
  throw new SyntaxError(`the pickle has more than ${maximalSteps} steps, up to byte ${position}`);
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

type Callable = PickleGlobal & Required<Pick<PickleGlobal, "call">>;

function isCallable(value: unknown): value is Callable {
  return typeof value === "object" && value !== null && "call" in value && "name" in value &&
    typeof value.call === "function";
}
