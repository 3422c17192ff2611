import { fstatSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** What a build may say, in bytes. */
const mostBytes = 100_000_000;
/** A disk takes 1 GB a second. */
const everyMs = 50;

/** Watches the log of a build that is running. */
export interface LogLimit {
  /** Aborted when the log is full. */
  readonly signal: AbortSignal;
  /** Whether it is more than full; the rest is then cut off. */
  cut(): Promise<boolean>;
  stop(): void;
}

export function limitLog(log: FileHandle): LogLimit {
  const full = new AbortController();
  const isFull = () => fstatSync(log.fd).size > mostBytes;
  const timer = setInterval(() => {
    if (isFull()) full.abort();
  }, everyMs);
  return {
    signal: full.signal,
    async cut() {
      if (!isFull()) return false;
      await log.truncate(mostBytes);
      return true;
    },
    stop: () => clearInterval(timer),
  };
}
