/** The arithmetic of IP addresses: each is a non-negative BigInt of 32 or 128 bits. */

export type Family = 4 | 6;

export function addressBits(family: Family): number {
  return family === 4 ? 32 : 128;
}

const octetPattern = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
export const ipv4Pattern = `${octetPattern}(?:\\.${octetPattern}){3}`;
/** Counts colons and digits only: where zeros are left out is for the parser. */
export const ipv6Pattern = `(?:[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}|(?:[0-9A-Fa-f]{0,4}:){2,7}${ipv4Pattern})`;

/** The address with everything after its first `plen` bits cleared. */
export function networkOf(value: bigint, family: Family, plen: number): bigint {
  const hostBits = BigInt(addressBits(family) - plen);
  return (value >> hostBits) << hostBits;
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** Four decimal octets; leading zeros are refused, because some programs read them as octal. */
export function parseIpv4(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  if (!octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return undefined;
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

/** Every form of RFC 4291, section 2.2, the one that ends in an IPv4 address included; no zone. */
export function parseIpv6(text: string): bigint | undefined {
  const [left = "", right, ...more] = (withHexTail(text) ?? "").split("::");
  const head = parseGroups(left);
  const tail = parseGroups(right ?? "");
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  const zeros = 8 - head.length - tail.length;
  if (right === undefined ? zeros !== 0 : zeros < 1) return undefined;
  return BigInt(`0x${head.join("")}${"0000".repeat(zeros)}${tail.join("")}`);
}

/** The text with an IPv4 address at its end, if there is one, written as two groups of hexadecimal digits. */
function withHexTail(text: string): string | undefined {
  const tailAt = text.lastIndexOf(":") + 1;
  const tail = text.slice(tailAt);
  if (!tail.includes(".")) return text;
  const value = parseIpv4(tail);
  if (value === undefined) return undefined;
  return `${text.slice(0, tailAt)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** Four hexadecimal digits each. */
function parseGroups(text: string): readonly string[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => group.padStart(4, "0"));
}

/** The canonical text, for IPv6 that of RFC 5952. */
export function formatIp(value: bigint, family: Family): string {
  return family === 4 ? formatIpv4(value) : formatIpv6(value);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

function formatIpv6(value: bigint): string {
  // RFC 5952, section 5: an IPv4-mapped address keeps its dots.
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(value & 0xffff_ffffn)}`;
  const digits = value.toString(16).padStart(32, "0");
  const groups = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => digits.slice(at, at + 4).replace(/^0{1,3}/, ""));
  const { start, length } = longestZeroRun(groups);
  // RFC 5952, section 4.2.2: a single zero group is not shortened.
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** The first of the longest runs of zero groups (RFC 5952, section 4.2.3). */
function longestZeroRun(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== "0") start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}
