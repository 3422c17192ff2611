import { parseAddress, parseInterfaceAddress, parsePrefix } from "../../values/address.js";
import { parseDuration } from "../../values/duration.js";
import { parseMac } from "../../values/mac.js";
import { parsePercent } from "../../values/percent.js";
import { parseRate } from "../../values/rate.js";
import { unit } from "./schema-values.js";

/** The language's own kinds of values, for the schemas of plugins: a user writes them and is told about them as anywhere else. */
export const values = {
  /** `"5ms"`, as nanoseconds. */
  duration: unit(parseDuration, 'a time with its unit, e.g. "5ms"', "resolve/bad-unit"),
  /** `"1gbit"`, as bits per second. */
  rate: unit(parseRate, 'a rate with its unit, e.g. "1gbit"', "resolve/bad-unit"),
  /** `"0.1%"`, as 0 to 100. */
  percent: unit(parsePercent, 'a percentage, e.g. "0.1%"', "resolve/bad-unit"),
  /** `"192.0.2.1"` or `"2001:db8::1"`, canonical. */
  address: unit(parseAddress, 'an IP address, e.g. "192.0.2.1"', "resolve/bad-address").transform(
    ({ text }) => text,
  ),
  /** `"2001:db8::1/64"`: an address of an interface, and the network that it is in. */
  interfaceAddress: unit(
    parseInterfaceAddress,
    'an address with its prefix length, e.g. "2001:db8::1/64"',
    "resolve/bad-address",
  ),
  /** `"2001:db8::/48"`: a network, no bits set after its length. */
  prefix: unit(parsePrefix, 'a prefix, e.g. "2001:db8::/48"', "resolve/bad-address"),
  /** `"02:00:00:00:00:01"`, canonical. */
  mac: unit(parseMac, 'a MAC address, e.g. "02:00:00:00:00:01"', "resolve/bad-address"),
};
