import { createHash } from "node:crypto";
import { naturalOrder } from "./natural-order.js";

/* Out of the reach of any server's own devices, and the same whatever other links the node has: docs/decisions/002-ifindex.md. */

/** Of the device that joins the interfaces of a bridge. */
export const bridgeIfindex = 1_000_000;

const firstEthernet = 1_000_001;
const firstNamed = 2_000_001;
const namedRange = 1_000_000_000;

/** The ifindex of each interface of one node, by its name. */
export function ifindexes(names: readonly string[]): ReadonlyMap<string, number> {
  const byName = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...names].sort(naturalOrder)) {
    let ifindex = wanted(name);
    while (taken.has(ifindex)) ifindex++;
    taken.add(ifindex);
    byName.set(name, ifindex);
  }
  return byName;
}

function wanted(name: string): number {
  const [, digits] = /^eth(0|[1-9]\d{0,4})$/.exec(name) ?? [];
  if (digits !== undefined) return firstEthernet + Number(digits);
  return firstNamed + (createHash("sha256").update(name).digest().readUInt32BE(0) % namedRange);
}
