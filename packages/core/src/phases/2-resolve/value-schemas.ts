import {
  interfaceAddressPattern,
  parseInterfaceAddress,
  parsePrefix,
  prefixPattern,
} from "../../values/address.js";
import { macPattern, parseMac } from "../../values/mac.js";
import { duration, ipAddress, matching, percent, rate, unit } from "./schema-values.js";

/** The language's own kinds of values, for the schemas of plugins: a user writes them and is told about them as anywhere else. */
export const values = {
  /** `"5ms"`, as nanoseconds. */
  duration,
  /** `"1gbit"`, as bits per second. */
  rate,
  /** `"0.1%"`, as 0 to 100. */
  percent,
  /** `"192.0.2.1"` or `"2001:db8::1"`, canonical. */
  address: ipAddress('an IP address, e.g. "192.0.2.1"').transform(({ text }) => text),
  /** `"2001:db8::1/64"`: an address of an interface, and the network that it is in. */
  interfaceAddress: unit(
    parseInterfaceAddress,
    'an address with its prefix length, e.g. "2001:db8::1/64"',
    "resolve/bad-address",
    matching(interfaceAddressPattern, "2001:db8::1/64", "10.0.0.1/24"),
  ),
  /** `"2001:db8::/48"`: a network, no bits set after its length. */
  prefix: unit(
    parsePrefix,
    'a prefix, e.g. "2001:db8::/48"',
    "resolve/bad-address",
    matching(prefixPattern, "2001:db8::/48", "10.0.0.0/8"),
  ),
  /** `"02:00:00:00:00:01"`, canonical. */
  mac: unit(
    parseMac,
    'a MAC address, e.g. "02:00:00:00:00:01"',
    "resolve/bad-address",
    matching(macPattern, "02:00:00:00:00:01"),
  ),
};
