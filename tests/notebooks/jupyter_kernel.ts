import type { JupyterServer } from "./jupyter_server.ts";

/** What a kernel sends while it executes a cell: the type of a message and its content. */
export interface KernelMessage {
  readonly type: string;
  // deno-lint-ignore no-explicit-any
  readonly content: any;
}

/** A kernel, as JupyterLab has one. */
export interface Kernel extends Disposable {
  /** Executes a cell; `onMessage` hears what it sends, and all of it is returned when the kernel is idle again. */
  execute(code: string, onMessage?: (message: KernelMessage) => void): Promise<KernelMessage[]>;
  /** What the stop button does. */
  interrupt(): Promise<void>;
}

/** Where a server listens, and the word that it wants to hear. */
type Address = Pick<JupyterServer, "url" | "token">;

/** Starts a Deno kernel in the server's folder of notebooks. */
export async function startKernel(server: Address): Promise<Kernel> {
  const answer = await post(server, "kernels", { name: "deno", path: "notebooks" });
  return await connect(server, (await answer.json()).id);
}

async function post({ url, token }: Address, path: string, body?: unknown): Promise<Response> {
  return await fetch(`${url}/api/${path}?token=${token}`, {
    method: "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function connect(server: Address, id: string): Promise<Kernel> {
  const { url, token } = server;
  const socket = new WebSocket(
    `${url.replace("http", "ws")}/api/kernels/${id}/channels?token=${token}`,
  );
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });

  return {
    async execute(code, onMessage = () => {}) {
      const header = {
        msg_id: crypto.randomUUID(),
        msg_type: "execute_request",
        username: "",
        session: id,
        version: "5.3",
      };
      const messages: KernelMessage[] = [];
      const idle = new Promise<void>((resolve) => {
        socket.onmessage = ({ data }) => {
          const { parent_header, msg_type, content } = JSON.parse(data);
          if (parent_header.msg_id !== header.msg_id) return;
          if (msg_type === "status" && content.execution_state === "idle") return resolve();
          const message = { type: msg_type, content };
          messages.push(message);
          onMessage(message);
        };
      });
      const content = { code, silent: false, store_history: true, stop_on_error: true };
      socket.send(
        JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell" }),
      );
      await idle;
      return messages;
    },
    async interrupt() {
      await (await post(server, `kernels/${id}/interrupt`)).body?.cancel();
    },
    [Symbol.dispose]() {
      socket.close();
    },
  };
}
