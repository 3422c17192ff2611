import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The kernel's own memory in kibibytes, by kind. */
export function kernelMemory() {
  const kinds = ["Slab", "KernelStack", "PageTables", "SecPageTables", "Percpu"];
  const text = readFileSync("/proc/meminfo", "utf8");
  return Object.fromEntries(
    kinds.map((kind) => [kind, Number(new RegExp(`^${kind}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0)]),
  );
}

/** Waits until the kernel has freed what was deleted, which it does in the background for seconds; 20 s at most. */
export async function settle() {
  let last = Number.POSITIVE_INFINITY;
  for (let tries = 0, still = 0; tries < 40 && still < 4; tries++) {
    await sleep(500);
    const { Percpu } = kernelMemory();
    still = Percpu < last ? 0 : still + 1;
    last = Percpu;
  }
}
