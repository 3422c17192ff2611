import {
  addressBits,
  type Family,
  formatIp,
  ipv4Pattern,
  ipv6Pattern,
  networkOf,
  parseIpv4,
  parseIpv6,
} from "./ip.js";
import { type Bad, bad, ok, type Parsed, quoted } from "./parsed.js";

export interface Address {
  readonly family: Family;
  readonly value: bigint;
  /** Canonical, for IPv6 that of RFC 5952. */
  readonly text: string;
}

/** An address as it stands on an interface. All texts are canonical. */
export interface InterfaceAddress {
  /** Without the prefix length: `2001:db8::1`. */
  readonly address: string;
  /** The network that it is in: `2001:db8::/64`. */
  readonly prefix: string;
  readonly plen: number;
  readonly family: Family;
  /** `2001:db8::1/64`. */
  readonly text: string;
}

/** A network. */
export interface Prefix {
  /** Canonical: `2001:db8:2::/48`. */
  readonly prefix: string;
  readonly plen: number;
  readonly family: Family;
  /** The same as `prefix`: every type in this file has its `text`. */
  readonly text: string;
}

export type RouteTarget = { readonly kind: "default" } | ({ readonly kind: "prefix" } & Prefix);

const plen4Pattern = "/(?:[12]?[0-9]|3[0-2])";
const plen6Pattern = "/(?:[1-9]?[0-9]|1[01][0-9]|12[0-8])";
export const addressPattern = `^(?:${ipv4Pattern}|${ipv6Pattern})$`;
export const interfaceAddressPattern = `^(?:${ipv4Pattern}${plen4Pattern}|${ipv6Pattern}${plen6Pattern})$`;
const networkPattern = `${ipv4Pattern}(?:${plen4Pattern})?|${ipv6Pattern}(?:${plen6Pattern})?`;
export const prefixPattern = `^(?:${networkPattern})$`;
export const routeTargetPattern = `^(?:default|${networkPattern})$`;

/** A single IPv4 or IPv6 address, without prefix length or zone. */
export function parseAddress(text: string): Parsed<Address> {
  const family = text.includes(":") ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  if (value === undefined) return bad(`${quoted(text)} is not an IP address`, addressHint(text));
  return ok({ family, value, text: formatIp(value, family) });
}

function addressHint(text: string): string {
  if (text.includes("/")) return "leave out the prefix length, only an address can stand here";
  if (text.includes("%")) return 'leave out the "%" and the zone after it';
  if (/(?:^|\.)0\d+(?:\.|$)/.test(text)) return "write the octets without leading zeros";
  return "write an address such as 192.0.2.1 or 2001:db8::1";
}

/** An address with its prefix length, fit to be given to an interface: not unspecified, not multicast. */
export function parseInterfaceAddress(text: string): Parsed<InterfaceAddress> {
  const cidr = parseCidr(text);
  if (!cidr.ok) return cidr;
  const { address, plen } = cidr.value;
  const { family, value } = address;
  if (plen === undefined) {
    return bad(
      `the address ${quoted(text)} has no prefix length`,
      `add that of its network, or write ${address.text}/${addressBits(family)} for the address alone`,
    );
  }
  const kind = unassignableKind(address);
  if (kind !== undefined) {
    return bad(`${quoted(text)} is ${kind}, not that of an interface`, "write a unicast address");
  }
  const prefix = `${formatIp(networkOf(value, family, plen), family)}/${plen}`;
  return ok({ address: address.text, prefix, plen, family, text: `${address.text}/${plen}` });
}

/** Multicast is 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291, section 2.7). */
function unassignableKind({ family, value }: Address): string | undefined {
  if (value === 0n) return "the unspecified address";
  const isMulticast = family === 4 ? value >> 28n === 0xen : value >> 120n === 0xffn;
  return isMulticast ? "a multicast address" : undefined;
}

/** A network with no host bits set; a bare address is the network of that address alone. */
export function parsePrefix(text: string): Parsed<Prefix> {
  const cidr = parseCidr(text);
  if (!cidr.ok) return cidr;
  const { family, value } = cidr.value.address;
  const plen = cidr.value.plen ?? addressBits(family);
  const network = networkOf(value, family, plen);
  const prefix = `${formatIp(network, family)}/${plen}`;
  if (network !== value) {
    return bad(`${quoted(text)} is not a network: bits are set after the first ${plen}`, `write ${prefix}`);
  }
  return ok({ prefix, plen, family, text: prefix });
}

/** Where a route leads: `default`, a network or a single address. */
export function parseRouteTarget(text: string): Parsed<RouteTarget> {
  if (text === "default") return ok({ kind: "default" });
  const prefix = parsePrefix(text);
  return prefix.ok ? ok({ kind: "prefix", ...prefix.value }) : prefix;
}

interface Cidr {
  readonly address: Address;
  readonly plen: number | undefined;
}

function parseCidr(text: string): Parsed<Cidr> {
  const slash = text.indexOf("/");
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (!address.ok) return address;
  if (slash === -1) return ok({ address: address.value, plen: undefined });
  const plenText = text.slice(slash + 1);
  const most = addressBits(address.value.family);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(plenText) || Number(plenText) > most) return badPlen(text, plenText, most);
  return ok({ address: address.value, plen: Number(plenText) });
}

function badPlen(text: string, plenText: string, most: number): Bad {
  return bad(
    `${quoted(plenText)} in ${quoted(text)} is not a prefix length`,
    `write a whole number from 0 to ${most}`,
  );
}
