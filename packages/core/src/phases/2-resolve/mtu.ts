import type { Phynode } from "./topology.js";

/** Ethernet's MTU: what an underlay has where none is declared, and the most that a link gets unasked. */
export const ethernetMtu = 1500;

/** What VXLAN adds to a packet (RFC 7348): inner Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40 bytes. */
export function vxlanOverhead({ address = "" }: Phynode): 50 | 70 {
  return address.includes(":") ? 70 : 50;
}

/** What the underlay of a phynode carries, in bytes. */
export function underlayMtu({ mtu = ethernetMtu }: Phynode): number {
  return mtu;
}

/**
 * The MTU of links that declare none: as soon as two phynodes have an underlay address, every link gets what fits
 * through every tunnel, so that the placement never changes a path's MTU.
 */
export function defaultMtu(phynodes: readonly Phynode[]): number {
  const fits = phynodes
    .filter(({ address }) => address !== undefined)
    .map((phynode) => underlayMtu(phynode) - vxlanOverhead(phynode));
  return fits.length < 2 ? ethernetMtu : Math.min(ethernetMtu, ...fits);
}
