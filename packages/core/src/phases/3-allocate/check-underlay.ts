import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { isByPlugin, originIn } from "../2-resolve/entity-origin.js";
import { underlayMtu, vxlanOverhead } from "../2-resolve/mtu.js";
import type { Link, Phynode } from "../2-resolve/topology.js";

/** Checks one crossing link. */
export type UnderlayCheck = (link: Link, phynodes: readonly [Phynode, Phynode]) => void;

/** Makes the check; what is wrong with a phynode, or between two, is reported for the first link that meets it. */
export function createUnderlayChecks(reporter: Reporter): UnderlayCheck {
  const reported = new Set<string>();
  const isNew = (...key: readonly string[]) => {
    const text = JSON.stringify(key);
    return !reported.has(text) && reported.add(text) !== undefined;
  };
  return (link, phynodes) => {
    const [a, b] = phynodes;
    const homeless = phynodes.filter((phynode) => phynode.address === undefined);
    for (const phynode of homeless) if (isNew(phynode.name)) reportMissingAddress(link, phynode, reporter);
    if (homeless.length > 0) return;
    if (familyOf(a) !== familyOf(b)) {
      const [first, second] = a.name < b.name ? [a, b] : [b, a];
      if (isNew(first.name, second.name)) reportMixedUnderlay(link, first, second, reporter);
      return;
    }
    const tight = underlayMtu(b) < underlayMtu(a) ? b : a;
    if (link.mtu + vxlanOverhead(tight) > underlayMtu(tight)) reportMtu(link, tight, reporter);
  };
}

function familyOf({ address = "" }: Phynode): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function reportMissingAddress(link: Link, phynode: Phynode, reporter: Reporter): void {
  reporter.report("allocate/missing-address", {
    message: `phynode "${phynode.name}" has no address, and link ${link.name} leaves it for another phynode`,
    at: placeOf(phynode, "address"),
    related: [{ message: `${link.name} crosses from one phynode to another`, at: originIn(link, []) }],
    hint: `add its underlay address to [infrastructure.nodes.${phynode.name}], e.g. address = "192.0.2.1"`,
  });
}

function reportMixedUnderlay(link: Link, a: Phynode, b: Phynode, reporter: Reporter): void {
  reporter.report("allocate/mixed-underlay", {
    message: `link ${link.name} joins phynodes "${a.name}" (IPv${familyOf(a)}) and "${b.name}" (IPv${familyOf(b)}); a tunnel needs addresses of one family at both ends`,
    at: originIn(b, ["address"]),
    related: [
      { message: `"${a.name}" has an IPv${familyOf(a)} address`, at: originIn(a, ["address"]) },
      { message: `${link.name} crosses from one to the other`, at: originIn(link, []) },
    ],
    hint: "give both phynodes an IPv4 address, or both an IPv6 address",
  });
}

function reportMtu(link: Link, phynode: Phynode, reporter: Reporter): void {
  const overhead = vxlanOverhead(phynode);
  const needed = link.mtu + overhead;
  const assumed = phynode.mtu === undefined ? " (none is declared, so Ethernet's)" : "";
  const fitting = underlayMtu(phynode) - overhead;
  reporter.report("allocate/mtu-too-large", {
    message: `link ${link.name} has MTU ${link.mtu} and crosses phynodes: with ${overhead} bytes of VXLAN it needs ${needed}, but the underlay of "${phynode.name}" carries ${underlayMtu(phynode)}${assumed}`,
    at: placeOfMtu(link, phynode),
    related: [
      phynode.mtu === undefined
        ? { message: `"${phynode.name}" declares no mtu`, at: placeOf(phynode, "mtu") }
        : { message: `"${phynode.name}" declares it here`, at: placeOf(phynode, "mtu") },
    ],
    hint: `lower the link's mtu to ${fitting}, or declare infrastructure.nodes.${phynode.name}.mtu = ${needed} if the underlay really carries it`,
  });
}

/** Where a phynode says something, or would: that it is not there may be a plugin's doing. */
function placeOf(phynode: Phynode, key: "address" | "mtu"): Origin {
  const origin = originIn(phynode, [key]);
  return isByPlugin(origin) || phynode[key] !== undefined ? origin : originIn(phynode, [], { target: "key" });
}

/** An MTU that nobody declares follows from the phynodes; a plugin that changed one of them changed what it must be. */
function placeOfMtu(link: Link, phynode: Phynode): Origin {
  const origin = originIn(link, ["mtu"]);
  if (link.mtuDeclared || isByPlugin(origin)) return origin;
  const limits = [placeOf(phynode, "mtu"), placeOf(phynode, "address")];
  return limits.find(isByPlugin) ?? origin;
}
