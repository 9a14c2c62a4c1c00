/** Lets timers, signals and whoever else waits have a turn. A message comes at once, where a timer of no delay takes a millisecond or more. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
