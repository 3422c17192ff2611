import { isNativeError, isPromise } from "node:util/types";
import type { Origin } from "../diagnostics/diagnostic.js";
import type { PluginTrace } from "../plugin.js";
import { onDrained } from "./on-drained.js";
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
    // Of its own: Node warns of a leak where many compilations listen to one.
    this.#signal = AbortSignal.any([signal]);
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
    try {
      if (isError(cause) && typeof cause.stack === "string") return trace?.(cause) ?? { stack: cause.stack };
    } catch {
      // A getter in it throws; where the hook was tapped is left.
    }
    const at = tapped && trace?.(tapped).at;
    return at === undefined ? {} : { at };
  }

  /** The slowest first. */
  get times(): readonly HookTime[] {
    return [...this.#times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** @throws PluginError where it throws; the signal's reason where the compilation is aborted */
  run<T>(plugin: string, hook: string, call: () => T): T {
    this.#signal.throwIfAborted();
    const start = performance.now();
    try {
      return call();
    } catch (error) {
      throw this.#attributed(plugin, hook, error);
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
    this.#signal.throwIfAborted();
    try {
      const result = call();
      return await (isPromise(result) ? this.settled(plugin, hook, result as Promise<Awaited<T>>) : result);
    } catch (error) {
      throw this.#attributed(plugin, hook, error);
    }
  }

  /**
   * The result of a promise that hangs on a plugin. Waits as long as it takes: a hook may have much to do. When the
   * process has nothing left to do, it never will settle.
   */
  async settled<T>(plugin: string, hook: string, promise: Promise<T>): Promise<T> {
    let seconds = 0;
    const notice = () => {
      seconds += secondsBetweenNotices;
      this.#onPending({ plugin, hook, seconds });
    };
    const timer = setInterval(notice, secondsBetweenNotices * 1000).unref();
    let stop: (() => void) | undefined;
    const ended = new Promise<never>((_, reject) => {
      stop = this.#onEnd(plugin, hook, reject);
    });
    try {
      return await Promise.race([ended, promise]);
    } finally {
      clearInterval(timer);
      stop?.();
    }
  }

  /** Rejects where nothing can settle a promise any more, or no one wants it to; the result ends that. */
  #onEnd(plugin: string, hook: string, reject: (reason: unknown) => void): () => void {
    const signal = this.#signal;
    const aborted = () => reject(signal.reason);
    // A signal that is aborted already tells no one.
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    const stopWaiting = onDrained(() => {
      const cause = "nothing is running that could settle its promise";
      reject(new PluginError(plugin, hook, cause, "plugin/never-settles"));
    });
    return () => {
      signal.removeEventListener("abort", aborted);
      stopWaiting();
    };
  }

  /** What ends the compilation where a plugin's code threw: an abort is the caller's, whatever the plugin makes of it. */
  #attributed(plugin: string, hook: string, error: unknown): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    return error instanceof PluginError ? error : new PluginError(plugin, hook, error);
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

/** Also one of another realm, and a DOMException, which is not native everywhere. */
function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value);
}
