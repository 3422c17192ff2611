import { Interrupted } from "./fault.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that leaves something behind if it is cut off: a signal aborts it, with `Interrupted` as the reason,
 * instead of ending the process at once. Other work needs no handler, and ends faster without one.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => {
    const signal = signals.find((each) => each === name);
    if (signal !== undefined) controller.abort(new Interrupted(signal));
  };
  for (const signal of signals) process.on(signal, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
