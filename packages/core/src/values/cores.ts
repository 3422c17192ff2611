import { bad, ok, type Parsed, quoted } from "./parsed.js";

/** The kernel is built for at most 8192 CPUs (CONFIG_NR_CPUS_RANGE_END on x86-64). */
export const lastCore = 8191;
const LISTS_HINT = "write one list of cores per NUMA node, such as [[1, 2, 3], [4, 5, 6, 7]]";

/**
 * The cores of a phynode by NUMA node: a list of lists as it is, or an integer n for one NUMA node with the cores
 * 1 to n - 1, core 0 left to the kernel. Whether a listed core is out of range or there twice is for the caller to check,
 * who knows its place.
 */
export function parseCores(value: unknown): Parsed<readonly (readonly number[])[]> {
  if (typeof value === "number") return coresBelow(value);
  if (!Array.isArray(value)) return bad(`${shown(value)} is not a list of cores`, LISTS_HINT);
  const items: readonly unknown[] = value;
  if (items.length > 0 && items.every(isCore)) {
    return bad(
      "the cores are not grouped by NUMA node",
      "write [[1, 2, 3]] instead of [1, 2, 3] for a single NUMA node",
    );
  }
  const lists: (readonly number[])[] = [];
  for (const item of items) {
    if (!Array.isArray(item)) return bad(`${shown(item)} is not a list of cores`, LISTS_HINT);
    const cores: readonly unknown[] = item;
    if (!cores.every(isCore)) {
      return bad(`${shown(cores.find((core) => !isCore(core)))} is not a core`, LISTS_HINT);
    }
    lists.push(cores);
  }
  return ok(lists);
}

function coresBelow(count: number): Parsed<readonly (readonly number[])[]> {
  if (count === 1) {
    return bad("1 core leaves none, because core 0 is left to the kernel", "write [[0]] to use it");
  }
  if (!Number.isInteger(count) || count < 2 || count > lastCore + 1) {
    return bad(
      `${count} is not a number of cores`,
      `write a whole number from 2 to ${lastCore + 1}, or list the cores`,
    );
  }
  return ok([Array.from({ length: count - 1 }, (_, index) => index + 1)]);
}

function isCore(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a table";
}
