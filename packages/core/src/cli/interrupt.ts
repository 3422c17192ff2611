import { Interrupted } from "./fault.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a signal does to work that leaves something behind if it is cut off. */
export interface Interrupt {
  /** The reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** From now on a signal aborts, and does not end the process. */
  watch(): void;
  stopWatching(): void;
}

export function createInterrupt(): Interrupt {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => {
    const signal = signals.find((each) => each === name);
    if (signal !== undefined) controller.abort(new Interrupted(signal));
  };
  const stopWatching = () => {
    for (const signal of signals) process.off(signal, abort);
  };
  return {
    signal: controller.signal,
    watch() {
      stopWatching();
      for (const signal of signals) process.on(signal, abort);
    },
    stopWatching,
  };
}

/**
 * Runs work that a signal aborts, with `Interrupted` as the reason, instead of ending the process at once. Other work needs
 * no handler, and ends faster without one.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = createInterrupt();
  interrupt.watch();
  try {
    return await work(interrupt.signal);
  } finally {
    interrupt.stopWatching();
  }
}
