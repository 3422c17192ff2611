import { isNativeError, isPromise } from "node:util/types";
import type { Origin } from "../diagnostics/diagnostic.js";
import type { PluginTrace } from "../plugin.js";
import { PluginError } from "./plugin-error.js";

/** How long a plugin's hook took, all its calls together. */
export interface HookTime {
  readonly plugin: string;
  /** A hook, or what else of the plugin ran: `setup`, `context`, `engine .j2`, `extension bgp`, … */
  readonly hook: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** A hook that has not settled yet. */
export interface PendingHook {
  readonly plugin: string;
  readonly hook: string;
  readonly seconds: number;
}

/** Where a plugin comes from. */
interface LoadedFrom {
  /** Where the topology names it. */
  readonly at: Origin;
  trace?(error: Error): PluginTrace;
}

const secondsBetweenNotices = 10;

/**
 * Every call of a plugin's code goes through here: what it throws is attributed to plugin and hook, its time is counted,
 * and a hook that does not settle is named.
 */
export class PluginCalls {
  readonly #times = new Map<string, { plugin: string; hook: string; calls: number; milliseconds: number }>();
  readonly #known = new Map<string, LoadedFrom>();
  readonly #signal: AbortSignal;
  readonly #onPending: (pending: PendingHook) => void;

  constructor(signal: AbortSignal, onPending: (pending: PendingHook) => void) {
    this.#signal = signal;
    this.#onPending = onPending;
  }

  /** Keeps where a plugin comes from. */
  know(plugin: string, from: LoadedFrom): void {
    this.#known.set(plugin, from);
  }

  /** Where the topology names the plugin; undefined for one that was given in memory. */
  placeOf(plugin: string): Origin | undefined {
    return this.#known.get(plugin)?.at;
  }

  /** Where in the plugin an error was thrown, and the way there; else where the hook was tapped. */
  traceOf({ plugin, cause, tapped }: PluginError): Partial<PluginTrace> {
    const trace = this.#known.get(plugin)?.trace;
    if (isNativeError(cause)) return trace?.(cause) ?? { stack: cause.stack ?? cause.message };
    const at = tapped && trace?.(tapped).at;
    return at === undefined ? {} : { at };
  }

  /** The slowest first. */
  get times(): readonly HookTime[] {
    return [...this.#times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  run<T>(plugin: string, hook: string, call: () => T): T {
    const start = performance.now();
    try {
      return call();
    } catch (error) {
      throw attributed(plugin, hook, error);
    } finally {
      this.#count(plugin, hook, start);
    }
  }

  /** The same for code that may be asynchronous. */
  async runAsync<T>(plugin: string, hook: string, call: () => T): Promise<Awaited<T>> {
    const start = performance.now();
    try {
      return await this.attribute(plugin, hook, call);
    } finally {
      this.#count(plugin, hook, start);
    }
  }

  /** For dune's own work with what a plugin gave: not counted as the plugin's time. */
  async attribute<T>(plugin: string, hook: string, call: () => T): Promise<Awaited<T>> {
    try {
      const result = call();
      return await (isPromise(result) ? this.settled(plugin, hook, result as Promise<Awaited<T>>) : result);
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw attributed(plugin, hook, error);
    }
  }

  /**
   * The result of a promise that hangs on a plugin. Waits as long as it takes: a hook may have much to do. When the
   * process has nothing left to do, it never will settle.
   */
  settled<T>(plugin: string, hook: string, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let seconds = 0;
      const notice = () => {
        seconds += secondsBetweenNotices;
        this.#onPending({ plugin, hook, seconds });
      };
      const timer = setInterval(notice, secondsBetweenNotices * 1000).unref();
      const drained = () => {
        const cause = "nothing is running that could settle its promise";
        reject(new PluginError(plugin, hook, cause, "plugin/never-settles"));
      };
      const aborted = () => reject(this.#signal.reason);
      process.once("beforeExit", drained);
      this.#signal.addEventListener("abort", aborted, { once: true });
      const end = () => {
        clearInterval(timer);
        process.off("beforeExit", drained);
        this.#signal.removeEventListener("abort", aborted);
      };
      promise.then(resolve, reject).finally(end);
    });
  }

  #count(plugin: string, hook: string, start: number): void {
    const key = `${plugin}\n${hook}`;
    let time = this.#times.get(key);
    if (time === undefined) {
      time = { plugin, hook, calls: 0, milliseconds: 0 };
      this.#times.set(key, time);
    }
    time.calls++;
    time.milliseconds += performance.now() - start;
  }
}

function attributed(plugin: string, hook: string, error: unknown): PluginError {
  return error instanceof PluginError ? error : new PluginError(plugin, hook, error);
}
