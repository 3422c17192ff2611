/**
 * Calls by whether the process came to its end while they waited. The process's, not a compilation's: many compilations may
 * wait at once, and Node warns of a leak where each adds a listener.
 */
const waiting = new Map<() => void, { cameToEnd: boolean }>();

/**
 * Calls once the process has nothing left to do; the result ends the wait. Others may start work when it comes to its end,
 * so it has to come there twice.
 */
export function onDrained(call: () => void): () => void {
  if (waiting.size === 0) process.on("beforeExit", drained);
  waiting.set(call, { cameToEnd: false });
  return () => {
    if (waiting.delete(call) && waiting.size === 0) process.off("beforeExit", drained);
  };
}

function drained(): void {
  for (const [call, wait] of [...waiting]) {
    if (wait.cameToEnd) call();
    wait.cameToEnd = true;
  }
  // One more turn, so that it comes to its end again.
  setImmediate(() => undefined);
}
