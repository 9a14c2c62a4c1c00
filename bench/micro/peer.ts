/** Python programs that time the same work with the packages a user would otherwise reach for (peers.py). */

const program = new URL("./peers.py", import.meta.url).pathname;

/** A Python that was found, and the versions of the packages it has. */
export interface Python {
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Asks each command which packages it has; what doesn't start has none. */
export async function findPythons(commands: readonly string[]): Promise<Python[]> {
  const found: Python[] = [];
  for (const command of commands) {
    try {
      const { success, stdout } = await new Deno.Command(command, {
        args: [program, "--versions"],
        stderr: "null",
      }).output();
      if (success) found.push({ command, versions: JSON.parse(new TextDecoder().decode(stdout)) });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return found;
}

/** What a peer is asked: the name of the work in peers.py, and what it needs. */
export interface PeerRequest {
  readonly work: string;
  readonly [argument: string]: unknown;
}

/** What a peer answers: how long the work took, and what came of it. */
export interface PeerAnswer {
  readonly seconds: number;
  readonly [result: string]: unknown;
}

/** A process that does one piece of work after the other. */
export interface Peer {
  readonly ask: (request: PeerRequest) => Promise<PeerAnswer>;
  readonly close: () => Promise<void>;
}

/** Starts the peers' program, or another one that answers like it. */
export function startPeer(command: string, args: readonly string[] = [program]): Peer {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async ask(request) {
      await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      let line = "";
      while (!line.endsWith("\n")) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`Cannot time ${request.work} as ${command} ended`);
        line += value;
      }
      return JSON.parse(line);
    },
    async close() {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}
