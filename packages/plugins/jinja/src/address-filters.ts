import { addressBits, type Family, formatIp, networkOf, parseIpv4, parseIpv6 } from "@dune/core";

/** An address with the length of its network's prefix, or without. */
interface Cidr {
  readonly value: bigint;
  readonly family: Family;
  readonly plen: number | undefined;
}

type Filter = (...values: readonly unknown[]) => unknown;

/**
 * The filters on addresses, in Ansible's words (`ansible.utils`). Each takes a text such as `10.0.0.1/24`, or a table with
 * `address` or `prefix` and `plen`, as dune's own values have. What they throw is the template's fault.
 */
export const addressFilters: Readonly<Record<string, Filter>> = {
  ipaddr: (value, query) => ask(read(value, "ipaddr"), query, "ipaddr"),
  ipv4: (value, query) => ofFamily(4, value, query),
  ipv6: (value, query) => ofFamily(6, value, query),
  nthhost: (value, n) => nthHost(read(value, "nthhost"), wholeNumber(n, "nthhost")),
  ipsubnet: (value, plen, n) => subnet(read(value, "ipsubnet"), plen, n),
};

/** What can be asked of an address. */
const queries: Readonly<Record<string, (cidr: Cidr) => string | number>> = {
  address: ({ value, family }) => formatIp(value, family),
  prefix: (cidr) => prefixLength(cidr),
  network: (cidr) => formatIp(networkOf(cidr.value, cidr.family, prefixLength(cidr)), cidr.family),
  "network/prefix": (cidr) =>
    text({ ...cidr, value: networkOf(cidr.value, cidr.family, prefixLength(cidr)) }),
  "address/prefix": (cidr) => text({ ...cidr, plen: prefixLength(cidr) }),
  netmask: (cidr) => formatIp(maskOf(cidr), cidr.family),
  wildcard: (cidr) => formatIp(allOnes(cidr.family) ^ maskOf(cidr), cidr.family),
  broadcast: (cidr) => broadcast(cidr),
  size: (cidr) => sizeOf(cidr),
  version: ({ family }) => family,
  revdns: ({ value, family }) => reverseName(value, family),
};

/** Other words for the same. */
const aliases: Readonly<Record<string, string>> = {
  ip: "address",
  plen: "prefix",
  subnet: "network/prefix",
  hostmask: "wildcard",
  host: "address/prefix",
  hostprefix: "address/prefix",
};

function ask(cidr: Cidr, query: unknown, filter: string): string | number {
  if (query === undefined || query === null) return text(cidr);
  if (typeof query === "number") return `${nthHost(cidr, wholeNumber(query, filter))}/${prefixLength(cidr)}`;
  const name = typeof query === "string" ? (aliases[query] ?? query) : "";
  if (!Object.hasOwn(queries, name)) {
    throw new Error(
      `${filter} cannot tell ${shown(query)} of an address; it can: ${Object.keys(queries).join(", ")}`,
    );
  }
  return (queries[name] as (cidr: Cidr) => string | number)(cidr);
}

/** Of a list those of the family; of one address itself, or false, so that `if` can tell them apart. */
function ofFamily(family: Family, value: unknown, query: unknown): unknown {
  const filter = `ipv${family}`;
  const answer = (each: unknown) => (query === undefined ? each : ask(read(each, filter), query, filter));
  if (Array.isArray(value)) return value.filter((each) => read(each, filter).family === family).map(answer);
  return read(value, filter).family === family ? answer(value) : false;
}

/** Counted from the network's own address, 0; -1 is the last. */
function nthHost(cidr: Cidr, n: bigint): string {
  const plen = prefixLength(cidr);
  const size = 1n << BigInt(addressBits(cidr.family) - plen);
  const index = n < 0n ? size + n : n;
  if (index < 0n || index >= size) throw new Error(`${text(cidr)} has no address ${n}, it has ${size}`);
  return formatIp(networkOf(cidr.value, cidr.family, plen) + index, cidr.family);
}

/** The nth network of `plen` bits in the given one. */
function subnet(cidr: Cidr, plen: unknown, n: unknown): string {
  const bits = Number(wholeNumber(plen, "ipsubnet"));
  const outer = prefixLength(cidr);
  if (bits < outer || bits > addressBits(cidr.family))
    throw new Error(`${text(cidr)} has no networks of /${bits}`);
  const index = wholeNumber(n ?? 0, "ipsubnet");
  const count = 1n << BigInt(bits - outer);
  const at = index < 0n ? count + index : index;
  if (at < 0n || at >= count)
    throw new Error(`${text(cidr)} has no network ${index} of /${bits}, it has ${count}`);
  const step = 1n << BigInt(addressBits(cidr.family) - bits);
  return `${formatIp(networkOf(cidr.value, cidr.family, outer) + at * step, cidr.family)}/${bits}`;
}

function broadcast(cidr: Cidr): string {
  if (cidr.family === 6) throw new Error(`${text(cidr)} is IPv6, which has no broadcast address`);
  return nthHost(cidr, -1n);
}

function sizeOf(cidr: Cidr): number {
  const bits = addressBits(cidr.family) - prefixLength(cidr);
  if (bits > 53) throw new Error(`${text(cidr)} has more addresses than can be counted here`);
  return 2 ** bits;
}

function reverseName(value: bigint, family: Family): string {
  if (family === 4) return `${formatIp(value, 4).split(".").reverse().join(".")}.in-addr.arpa.`;
  return `${[...value.toString(16).padStart(32, "0")].reverse().join(".")}.ip6.arpa.`;
}

function read(value: unknown, filter: string): Cidr {
  const given = value instanceof Map ? ofTable(value) : value;
  if (given === undefined || given === null)
    throw new Error(`${filter} is given no address, but none or an undefined value`);
  if (typeof given !== "string") throw new Error(`${filter} is given ${shown(given)}, which is no address`);
  const slash = given.indexOf("/");
  const address = slash === -1 ? given : given.slice(0, slash);
  const family = address.includes(":") ? 6 : 4;
  const parsed = family === 6 ? parseIpv6(address) : parseIpv4(address);
  if (parsed === undefined) throw new Error(`${shown(given)} is not an IP address`);
  if (slash === -1) return { value: parsed, family, plen: undefined };
  const plen = given.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(plen) || Number(plen) > addressBits(family)) {
    throw new Error(`${shown(plen)} in ${shown(given)} is not a prefix length`);
  }
  return { value: parsed, family, plen: Number(plen) };
}

/** `{ address, prefix, plen }` of `ifaces`, or `{ prefix, plen }` of `ctx_addrs`. */
function ofTable(table: ReadonlyMap<unknown, unknown>): unknown {
  const address = table.get("address") ?? table.get("prefix");
  const plen = table.get("plen");
  if (typeof address !== "string" || plen === undefined || address.includes("/")) return address;
  return `${address}/${String(plen)}`;
}

/** Of an address without one it is the address alone. */
function prefixLength({ plen, family }: Cidr): number {
  return plen ?? addressBits(family);
}

function text({ value, family, plen }: Cidr): string {
  return plen === undefined ? formatIp(value, family) : `${formatIp(value, family)}/${plen}`;
}

function allOnes(family: Family): bigint {
  return (1n << BigInt(addressBits(family))) - 1n;
}

function maskOf({ family, plen }: Cidr): bigint {
  return networkOf(allOnes(family), family, plen ?? addressBits(family));
}

function wholeNumber(value: unknown, filter: string): bigint {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new Error(`${filter} takes a whole number, not ${value === undefined ? "nothing" : shown(value)}`);
  }
  return BigInt(value);
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return value instanceof Map ? "a table" : String(value);
}
