import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Localhost } from "../phases/1-parse/document.js";
import { platformOfMachine } from "../values/platform.js";

/** What the kernel says about the processors, as lists like `0-3,8`; undefined where it does not say. */
export interface ProcessorFacts {
  readonly online?: string;
  /** Where this process may run: container limits and taskset show here. */
  readonly allowed?: string;
  /** `cpulist` of each NUMA node, by its number. */
  readonly numaNodes: readonly string[];
  /** How many processors Node.js sees, for a kernel that tells nothing. */
  readonly parallelism: number;
  /** Architecture, as Node.js calls it. */
  readonly arch: string;
}

/** What a lab may use of this machine. */
export async function readMachine(): Promise<Localhost> {
  const status = await textOf("/proc/self/status");
  const online = await textOf("/sys/devices/system/cpu/online");
  const allowed = status?.match(/^Cpus_allowed_list:\s*(\S+)$/m)?.[1];
  return machineOf({
    ...(online !== undefined && { online }),
    ...(allowed !== undefined && { allowed }),
    numaNodes: await readNumaNodes(),
    parallelism: availableParallelism(),
    arch: process.arch,
  });
}

/** The platform, and the cores by NUMA node, without core 0 where there is another: the kernel does much of its own work there. */
export function machineOf({ online, allowed, numaNodes, parallelism, arch }: ProcessorFacts): Localhost {
  const everywhere = Array.from({ length: parallelism }, (_, core) => core);
  const runnable = parseCpuList(allowed) ?? parseCpuList(online) ?? everywhere;
  const up = new Set(parseCpuList(online) ?? runnable);
  const usable = runnable.filter((core) => up.has(core));
  const own = usable.length > 1 ? usable.filter((core) => core !== 0) : usable;
  const nodes = numaNodes.map((list) => {
    const local = new Set(parseCpuList(list) ?? []);
    return own.filter((core) => local.has(core));
  });
  // A kernel without NUMA, or one that hides it, lists no cores by node.
  const complete = nodes.flat().length === own.length ? nodes : [own];
  const platform = platformOfMachine(arch);
  return {
    cores: complete.filter((cores) => cores.length > 0),
    ...(platform !== undefined && { platform }),
  };
}

/** `0-3,8` to its numbers, ascending; undefined for nothing or for text of another shape. */
function parseCpuList(text: string | undefined): readonly number[] | undefined {
  const parts = text?.trim().split(",") ?? [];
  const cores: number[] = [];
  for (const part of parts) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined) return undefined;
    for (let core = Number(first); core <= Number(last); core++) cores.push(core);
  }
  return cores.length === 0 ? undefined : [...new Set(cores)].sort((a, b) => a - b);
}

async function readNumaNodes(): Promise<readonly string[]> {
  const folder = "/sys/devices/system/node";
  const names = await readdir(folder).catch(() => []);
  const numbers = names.flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const lists = numbers.sort((a, b) => a - b).map((number) => textOf(`${folder}/node${number}/cpulist`));
  return (await Promise.all(lists)).map((list) => list ?? "");
}

async function textOf(path: string): Promise<string | undefined> {
  // Not every system has these files; without them the machine is described by what is left.
  return readFile(path, "utf8").catch(() => undefined);
}
