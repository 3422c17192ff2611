import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import { problem, render } from "./jinja-lab.js";

describe("address filters", () => {
  test.each([
    ["'10.1.2.3/24'|ipaddr", "10.1.2.3/24"],
    ["'10.1.2.3/24'|ipaddr('address')", "10.1.2.3"],
    ["'10.1.2.3/24'|ipaddr('prefix')", "24"],
    ["'10.1.2.3/24'|ipaddr('network')", "10.1.2.0"],
    ["'10.1.2.3/24'|ipaddr('subnet')", "10.1.2.0/24"],
    ["'10.1.2.3/24'|ipaddr('netmask')", "255.255.255.0"],
    ["'10.1.2.3/20'|ipaddr('wildcard')", "0.0.15.255"],
    ["'10.1.2.3/24'|ipaddr('broadcast')", "10.1.2.255"],
    ["'10.1.2.3/24'|ipaddr('size')", "256"],
    ["'10.1.2.3/24'|ipaddr('version')", "4"],
    ["'10.1.2.3/24'|ipaddr('revdns')", "3.2.1.10.in-addr.arpa."],
    ["'10.1.2.3/24'|ipaddr(1)", "10.1.2.1/24"],
    ["'10.1.2.3'|ipaddr('host')", "10.1.2.3/32"],
    ["'0.0.0.0/0'|ipaddr('netmask')", "0.0.0.0"],
    ["'10.1.2.0/24'|nthhost(5)", "10.1.2.5"],
    ["'10.1.2.0/24'|nthhost(-1)", "10.1.2.255"],
    ["'2001:DB8:0::1/64'|ipaddr", "2001:db8::1/64"],
    ["'2001:db8::1/64'|ipaddr('subnet')", "2001:db8::/64"],
    ["'2001:db8::/64'|nthhost(4294967296)", "2001:db8::1:0:0"],
    [
      "'2001:db8::1'|ipaddr('revdns')",
      "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
    ],
    ["'2001:db8::/32'|ipsubnet(48, 3)", "2001:db8:3::/48"],
    ["'10.0.0.0/8'|ipsubnet(24, -1)", "10.255.255.0/24"],
    ["ctx_addrs.eth0|map('ipaddr', 'subnet')|join(' ')", "10.1.0.0/24 2001:db8:1::/64"],
    ["ifaces.eth0.addrs|map('ipaddr')|ipv6|join", "2001:db8:1::1/64"],
    ["ifaces.eth0.addrs|ipv4('address')|join", "10.1.0.1"],
    ["ctx_addrs.lo[1]|ipaddr('address/prefix')", "2001:db8::1/128"],
    ["('10.0.0.1'|ipv6) or ('::1'|ipv6)", "::1"],
    ["'10.0.0.1/8'|ipv4('network')", "10.0.0.0"],
  ])("%s", async (expression, text) => {
    expect((await render(`{{ (${expression}) if node == "r1" }}`))[0]).toBe(text);
  });

  test.each([
    ["'10.0.0.300'|ipaddr", '17+6 template-failed: node "r1": "10.0.0.300" is not an IP address'],
    ["'010.0.0.1'|ipaddr", '16+6 template-failed: node "r1": "010.0.0.1" is not an IP address'],
    ["'10.0.0.1/33'|ipaddr", '18+6 template-failed: node "r1": "33" in "10.0.0.1/33" is not a prefix length'],
    [
      "ifaces.eth1.latency|ipaddr",
      '24+6 template-failed: node "r1": ipaddr is given no address, but none or an undefined value',
    ],
    ["7|ipaddr", '6+6 template-failed: node "r1": ipaddr is given 7, which is no address'],
    ["'10.0.0.0/30'|nthhost(4)", '18+10 template-failed: node "r1": 10.0.0.0/30 has no address 4, it has 4'],
    ["'10.0.0.0/30'|nthhost", '18+7 template-failed: node "r1": nthhost takes a whole number, not nothing'],
    ["'10.0.0.0/30'|ipsubnet(29)", '18+12 template-failed: node "r1": 10.0.0.0/30 has no networks of /29'],
    [
      "'::1/64'|ipaddr('broadcast')",
      '13+19 template-failed: node "r1": ::1/64 is IPv6, which has no broadcast address',
    ],
    [
      "'::1/64'|ipaddr('netwrk')",
      '13+16 template-failed: node "r1": ipaddr cannot tell "netwrk" of an address; it can: address, prefix, network, network/prefix, address/prefix, netmask, wildcard, broadcast, size, version, revdns',
    ],
  ])("%s", async (expression, text) => {
    expect(await problem(`{{ ${expression} }}`)).toBe(`r.conf:1:${text}`);
  });

  test("networks, masks and broadcasts as another library has them", async () => {
    const ipv4 = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
      .map(([address, plen]) => `${address}/${plen}`);
    const cases = fc.sample(ipv4, { numRuns: 300, seed: 4 });
    const source = cases
      .map(
        (each) =>
          `{{ '${each}'|ipaddr('network') }} {{ '${each}'|ipaddr('broadcast') }} {{ '${each}'|ipaddr('netmask') }}`,
      )
      .join("\n");
    const expected = cases.map((each) => {
      const plen = Number(each.split("/")[1]);
      const { IPv4 } = ipaddr;
      return [
        IPv4.networkAddressFromCIDR(each),
        IPv4.broadcastAddressFromCIDR(each),
        IPv4.subnetMaskFromPrefixLength(plen),
      ].join(" ");
    });
    expect((await render(source))[0]?.split("\n")).toEqual(expected);
  });
});
