/** What a client asked for. */
export interface Asked {
  /** As it stands in the request line: a path, or towards a proxy a whole address. */
  readonly target: string;
  readonly method: string;
  readonly headers: Headers;
  /** How many requests came before this one. */
  readonly earlier: number;
}

/** An answer, with the flaws that a test is about. */
export interface Answer {
  /** @default {200} */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** The Content-Length; `false` for none. @default {the body's} */
  readonly announced?: number | false;
  /** Says nothing more after the body, instead of closing the connection. */
  readonly stalls?: boolean;
  /** Sends the body in pieces of `bytes` with as many milliseconds before each. */
  readonly slow?: { readonly bytes: number; readonly delay: number };
}

/**
 * Serves on this machine and passes the address and all requests so far; every answer closes its connection, whether or not all that was
 * announced has been sent.
 */
export async function withFlawedServer(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  body: (origin: string, requests: readonly Asked[]) => Promise<void>,
): Promise<void> {
  const requests: Asked[] = [];
  const open = new Set<Deno.Conn>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      void serve(connection, requests, answer).catch(() => {}).finally(() => {
        open.delete(connection);
        close(connection);
      });
    }
  })();
  try {
    await body(`http://127.0.0.1:${listener.addr.port}`, requests);
  } finally {
    listener.close();
    for (const connection of open) close(connection);
    await serving;
  }
}

async function serve(
  connection: Deno.Conn,
  requests: Asked[],
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<void> {
  const head = await readHead(connection);
  const [first, ...lines] = head.split("\r\n");
  const [method = "", target = ""] = first!.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const asked = { method, target, headers, earlier: requests.length };
  requests.push(asked);
  const { status = 200, body = new Uint8Array(), stalls, slow, ...rest } = await answer(asked);
  const { announced = body.length } = rest;
  const fields = {
    connection: "close",
    ...(announced !== false && { "content-length": String(announced) }),
    ...rest.headers,
  };
  const answerHead = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join(
    "",
  );
  await writeAll(
    connection,
    new TextEncoder().encode(`HTTP/1.1 ${status} Told\r\n${answerHead}\r\n`),
  );
  const step = slow?.bytes ?? Math.max(body.length, 1);
  for (let at = 0; at < body.length; at += step) {
    if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, slow.delay));
    await writeAll(connection, body.subarray(at, at + step));
  }
  // What the client sends before it closes is nothing, so that this waits until it has done so.
  if (stalls) await connection.read(new Uint8Array(1));
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    head += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return head.slice(0, -4);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The client was faster.
  }
}
