import { isIP } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import {
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  parseRouteTarget,
} from "../../packages/core/dist/values/address.js";
import { formatIp } from "../../packages/core/dist/values/ip.js";
import { deriveMac, linkLocal, parseMac } from "../../packages/core/dist/values/mac.js";

const text = (parsed: { ok: boolean; value?: { text: string } }) => (parsed.ok ? parsed.value?.text : "bad");
const hint = (parsed: { ok: boolean; hint?: string }) => (parsed.ok ? "good" : parsed.hint);

const bytes4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
// Many zero bytes, so that groups and runs of groups are zero, too.
const bytes16 = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(255)), {
  minLength: 16,
  maxLength: 16,
});
const oracle = (bytes: Iterable<number>) => ipaddr.fromByteArray([...bytes]);
const toValue = (bytes: Iterable<number>) =>
  [...bytes].reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

describe("addresses", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    // RFC 5952: sections 1, 2 and 4.
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"],
    ["2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["0:0:1:0:0:1:1:1", "::1:0:0:1:1:1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["::FFFF:c000:0201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
  ])("%s is %s", (written, canonical) => {
    expect(text(parseAddress(written))).toBe(canonical);
  });

  const example = "write an address such as 192.0.2.1 or 2001:db8::1";
  test.each<[string, string]>([
    ["010.0.0.1", "write the octets without leading zeros"],
    ["10.0.0.00", "write the octets without leading zeros"],
    ["10.0.0.1/24", "leave out the prefix length, only an address can stand here"],
    ["fe80::1%eth0", 'leave out the "%" and the zone after it'],
    ...["", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.", "0x7f.0.0.1", "127.1", "1.2.3.4 ", "r0"].map(
      (bad): [string, string] => [bad, example],
    ),
    ...[":", ":::", "1::2::3", "::1:", ":1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8"].map(
      (bad): [string, string] => [bad, example],
    ),
    ...[
      "12345::",
      "g::",
      "::1.2.3",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7:1.2.3.4",
      "[::1]",
      "::-1",
    ].map((bad): [string, string] => [bad, example]),
    ["::192.0.2.01", "write the octets without leading zeros"],
  ])("%j is refused", (written, expected) => {
    expect(hint(parseAddress(written))).toBe(expected);
  });

  test("IPv4 agrees with ipaddr.js", () => {
    fc.assert(
      fc.property(bytes4, (bytes) => {
        const written = oracle(bytes).toString();
        expect(parseAddress(written)).toEqual({
          ok: true,
          value: { family: 4, value: toValue(bytes), text: written },
        });
      }),
    );
  });

  test("IPv6 agrees with ipaddr.js", () => {
    fc.assert(
      fc.property(bytes16, (bytes) => {
        const address = oracle(bytes);
        if (!(address instanceof ipaddr.IPv6)) throw new Error("sixteen bytes are an IPv6 address");
        const value = toValue(bytes);
        const canonical = formatIp(value, 6);
        if (value >> 32n !== 0xffffn) expect(canonical).toBe(address.toRFC5952String());
        for (const written of [canonical, address.toString(), address.toNormalizedString()]) {
          expect(parseAddress(written)).toEqual({ ok: true, value: { family: 6, value, text: canonical } });
        }
      }),
    );
  });

  test("what is accepted and its value agree with Node.js", () => {
    // ipaddr.js is no oracle here: it takes ::1.2.3.4 for ::ffff:1.2.3.4.
    const groups = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("0", "1", "01", "ab", "FFFF") },
      fc.constantFrom("", "", "12345", "g", "1.2.3.4", "01.2.3.4", "256.0.0.1"),
    );
    const addressLike = fc.array(groups, { minLength: 1, maxLength: 10 }).map((all) => all.join(":"));
    fc.assert(
      fc.property(addressLike, (written) => {
        const parsed = parseAddress(written);
        expect(parsed.ok ? parsed.value.family : 0).toBe(isIP(written));
        if (!parsed.ok || parsed.value.family === 4) return;
        const host = new URL(`http://[${written}]`).hostname.slice(1, -1);
        expect(toValue(ipaddr.parse(host).toByteArray())).toBe(parsed.value.value);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("addresses of interfaces", () => {
  test("are given with their network", () => {
    expect(parseInterfaceAddress("FC00:1:0::1/64")).toEqual({
      ok: true,
      value: { address: "fc00:1::1", prefix: "fc00:1::/64", plen: 64, family: 6, text: "fc00:1::1/64" },
    });
    expect(parseInterfaceAddress("192.0.2.130/25")).toEqual({
      ok: true,
      value: {
        address: "192.0.2.130",
        prefix: "192.0.2.128/25",
        plen: 25,
        family: 4,
        text: "192.0.2.130/25",
      },
    });
  });

  test.each([
    ["fc00:1::1", "add that of its network, or write fc00:1::1/128 for the address alone"],
    ["192.0.2.1", "add that of its network, or write 192.0.2.1/32 for the address alone"],
    ["192.0.2.1/33", "write a whole number from 0 to 32"],
    ["fc00::1/129", "write a whole number from 0 to 128"],
    ["fc00::1/064", "write a whole number from 0 to 128"],
    ["fc00::1/", "write a whole number from 0 to 128"],
    ["fc00::1/64/64", "write a whole number from 0 to 128"],
    ["192.0.2.1/255.255.255.0", "write a whole number from 0 to 32"],
    ["::/64", "write a unicast address"],
    ["0.0.0.0/0", "write a unicast address"],
    ["ff02::1/64", "write a unicast address"],
    ["239.255.255.255/32", "write a unicast address"],
    ["/64", "write an address such as 192.0.2.1 or 2001:db8::1"],
  ])("%s is refused", (written, expected) => {
    expect(hint(parseInterfaceAddress(written))).toBe(expected);
  });

  test("around multicast are accepted", () => {
    for (const written of ["223.255.255.255/8", "240.0.0.0/8", "feff::1/64"]) {
      expect(text(parseInterfaceAddress(written))).toBe(written);
    }
  });

  test("the network agrees with ipaddr.js", () => {
    const unicast4 = fc.tuple(
      fc.integer({ min: 1, max: 223 }),
      fc.array(fc.nat(255), { minLength: 3, maxLength: 3 }),
    );
    fc.assert(
      fc.property(unicast4, fc.integer({ min: 0, max: 32 }), ([first, rest], plen) => {
        const written = `${[first, ...rest].join(".")}/${plen}`;
        const network = `${ipaddr.IPv4.networkAddressFromCIDR(written)}/${plen}`;
        expect(parseInterfaceAddress(written)).toMatchObject({ value: { prefix: network, text: written } });
        expect(text(parsePrefix(network))).toBe(network);
      }),
    );
    fc.assert(
      fc.property(bytes16, fc.integer({ min: 0, max: 128 }), (bytes, plen) => {
        const written = `${formatIp(toValue([0x20, ...bytes.slice(1)]), 6)}/${plen}`;
        const network = `${ipaddr.IPv6.networkAddressFromCIDR(written).toRFC5952String()}/${plen}`;
        expect(parseInterfaceAddress(written)).toMatchObject({ value: { prefix: network, text: written } });
        expect(text(parsePrefix(network))).toBe(network);
      }),
    );
  });
});

describe("route targets", () => {
  test.each([
    ["2001:db8:2::/48", "2001:db8:2::/48"],
    ["2001:DB8:2:0::/48", "2001:db8:2::/48"],
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["::/0", "::/0"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["192.0.2.1", "192.0.2.1/32"],
    ["2001:db8::1", "2001:db8::1/128"],
  ])("%s is the prefix %s", (written, canonical) => {
    expect(text(parsePrefix(written))).toBe(canonical);
    expect(parseRouteTarget(written)).toMatchObject({
      ok: true,
      value: { kind: "prefix", prefix: canonical },
    });
  });

  test("default", () => {
    expect(parseRouteTarget("default")).toEqual({ ok: true, value: { kind: "default" } });
    expect(parsePrefix("default").ok).toBe(false);
  });

  test("host bits are refused with the right network", () => {
    expect(parseRouteTarget("2001:db8:2::1/48")).toEqual({
      ok: false,
      message: '"2001:db8:2::1/48" is not a network: bits are set after the first 48',
      hint: "write 2001:db8:2::/48",
    });
    expect(hint(parsePrefix("192.0.2.130/25"))).toBe("write 192.0.2.128/25");
  });

  test("a bad address in it is refused", () => {
    expect(hint(parseRouteTarget("192.0.2/24"))).toBe("write an address such as 192.0.2.1 or 2001:db8::1");
  });
});

describe("MAC addresses", () => {
  test("are given in lower case", () => {
    expect(parseMac("02:AB:cd:00:00:01")).toEqual({ ok: true, value: "02:ab:cd:00:00:01" });
  });

  test.each([
    ["02-00-00-00-00-0A", "write 02:00:00:00:00:0a"],
    ["0200.0000.000a", "write 02:00:00:00:00:0a"],
    ["02000000000a", "write 02:00:00:00:00:0a"],
    ["2:0:0:0:0:a", "write one such as 02:00:00:00:00:01"],
    ["02:00:00:00:00:0g", "write one such as 02:00:00:00:00:01"],
    ["02:00:00:00:00:01:02", "write one such as 02:00:00:00:00:01"],
    ["", "write one such as 02:00:00:00:00:01"],
    ["00:00:00:00:00:00", "leave it out to have one derived"],
    ["01:00:5e:00:00:01", "make its first octet even, such as 02"],
    ["ff:ff:ff:ff:ff:ff", "make its first octet even, such as 02"],
  ])("%j is refused", (written, expected) => {
    expect(hint(parseMac(written))).toBe(expected);
  });

  test("are derived from lab and endpoint", () => {
    // printf 'triangle\nr0:eth0' | sha256sum
    expect(deriveMac("triangle", "r0:eth0")).toBe("02:e9:d7:f2:36:40");
    fc.assert(
      fc.property(fc.string(), fc.string(), (lab, endpoint) => {
        const mac = deriveMac(lab, endpoint);
        return mac.startsWith("02:") && parseMac(mac).ok && mac === deriveMac(lab, endpoint);
      }),
    );
  });

  test.each([
    // RFC 4291, appendix A; RFC 2464, section 4.
    ["34:56:78:9a:bc:de", "fe80::3656:78ff:fe9a:bcde"],
    ["02:00:00:00:00:01", "fe80::ff:fe00:1"],
    ["00:00:5e:00:53:01", "fe80::200:5eff:fe00:5301"],
    ["02:00:5e:10:00:00", "fe80::5eff:fe10:0"],
  ])("%s has the link-local address %s", (mac, expected) => {
    expect(linkLocal(mac)).toBe(expected);
  });
});
