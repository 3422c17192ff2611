import { Interrupted } from "./fault.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `timeout` and some terminals signal a command and then its group: within this time that is one signal. */
const sameSignalMs = 500;

/** What signals do to a rehearsal: the first ends it in order, the next at once. */
export interface RehearsalSignals {
  /** The reason is an `Interrupted`. */
  readonly end: AbortSignal;
  readonly kill: AbortSignal;
  /** Runs work that has the terminal: a Ctrl-C there is the work's alone, as under any shell. */
  lendTerminal<T>(work: () => Promise<T>): Promise<T>;
  stopWatching(): void;
}

export function watchSignals(): RehearsalSignals {
  const end = new AbortController();
  const kill = new AbortController();
  let isLent = false;
  let endedAt = 0;
  const receive = (name: NodeJS.Signals) => {
    const signal = signals.find((each) => each === name);
    if (signal === undefined || (signal === "SIGINT" && isLent && process.stdin.isTTY)) return;
    if (!end.signal.aborted) {
      endedAt = performance.now();
      end.abort(new Interrupted(signal));
    } else if (performance.now() - endedAt > sameSignalMs) kill.abort();
  };
  for (const signal of signals) process.on(signal, receive);
  return {
    end: end.signal,
    kill: kill.signal,
    async lendTerminal(work) {
      isLent = true;
      try {
        return await work();
      } finally {
        isLent = false;
      }
    },
    stopWatching() {
      for (const signal of signals) process.off(signal, receive);
    },
  };
}
