import { createHash } from "node:crypto";

/** VNIs are 24 bits long (RFC 7348, section 5); 0 is left out. */
const vniCount = 2 ** 24 - 1;

/**
 * Gives each crossing link a VNI. Those of the lock are kept; any other link's is a hash of lab, namespace prefix and
 * link id, so that it stays the same when other links come and go, or the next free one. `linkIds` are sorted.
 */
export function assignVnis(
  lab: string,
  prefix: string,
  linkIds: readonly string[],
  locked: Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  const vnis = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of linkIds) {
    const vni = Object.hasOwn(locked, id) ? locked[id] : undefined;
    if (vni === undefined || taken.has(vni)) continue;
    vnis.set(id, vni);
    taken.add(vni);
  }
  for (const id of linkIds) {
    if (vnis.has(id)) continue;
    let vni = hashedVni(lab, prefix, id);
    while (taken.has(vni)) vni = (vni % vniCount) + 1;
    vnis.set(id, vni);
    taken.add(vni);
  }
  return vnis;
}

function hashedVni(lab: string, prefix: string, id: string): number {
  const hash = createHash("sha256").update(`${lab}\n${prefix}\n${id}`).digest();
  return 1 + (hash.readUInt32BE(0) % vniCount);
}
