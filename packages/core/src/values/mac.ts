import { createHash } from "node:crypto";
import { formatIp } from "./ip.js";
import { bad, ok, type Parsed, quoted } from "./parsed.js";

/** The first octet is even: not a group address. */
export const macPattern = "^[0-9A-Fa-f][02468ACEace](?::[0-9A-Fa-f]{2}){5}$";

/** A unicast MAC address of six octets with colons, in any case; the result is in lower case. */
export function parseMac(text: string): Parsed<string> {
  const mac = text.toLowerCase();
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac)) {
    return bad(
      `${quoted(text)} is not a MAC address`,
      `write ${withColons(mac) ?? "one such as 02:00:00:00:00:01"}`,
    );
  }
  if (mac === "00:00:00:00:00:00") {
    return bad(`${quoted(text)} is no interface's MAC address`, "leave it out to have one derived");
  }
  // The lowest bit of the first octet marks a group address (IEEE 802).
  if (Number.parseInt(mac.slice(0, 2), 16) & 1) {
    return bad(`${quoted(text)} is a multicast MAC address`, "make its first octet even, such as 02");
  }
  return ok(mac);
}

/** The usual form of a MAC address that was written as `02-00-…`, `0200.0000.0001` or without separators. */
function withColons(text: string): string | undefined {
  const digits = text.replace(/[-.:]/g, "");
  return /^[0-9a-f]{12}$/.test(digits) ? digits.match(/../g)?.join(":") : undefined;
}

/**
 * The MAC address of an endpoint that declares none: `02:` (locally administered, unicast) and the first five
 * bytes of a hash of the lab's name and the endpoint, `node:interface`, so that it repeats over runs.
 */
export function deriveMac(lab: string, endpoint: string): string {
  const hash = createHash("sha256").update(`${lab}\n${endpoint}`).digest("hex");
  return ["02", ...(hash.slice(0, 10).match(/../g) ?? [])].join(":");
}

/**
 * The link-local address that Linux derives from a MAC address: fe80::/64 and the modified EUI-64 (RFC 4291,
 * appendix A).
 * @param mac in the form that {@link parseMac} gives
 */
export function linkLocal(mac: string): string {
  const value = BigInt(`0x${mac.replaceAll(":", "")}`);
  const universalLocalBit = 1n << 57n;
  const eui64 = ((value >> 24n) << 40n) | (0xfffen << 24n) | (value & 0xff_ffffn);
  return formatIp((0xfe80n << 112n) | (eui64 ^ universalLocalBit), 6);
}
