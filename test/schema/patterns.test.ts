import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyPathPattern, parseKeyPath } from "../../packages/core/dist/phases/1-parse/key-path.js";
import {
  addressPattern,
  interfaceAddressPattern,
  parseAddress,
  parseInterfaceAddress,
  parseRouteTarget,
  routeTargetPattern,
} from "../../packages/core/dist/values/address.js";
import { durationPattern, parseDuration } from "../../packages/core/dist/values/duration.js";
import { parseEndpoint } from "../../packages/core/dist/values/endpoint.js";
import { macPattern, parseMac } from "../../packages/core/dist/values/mac.js";
import {
  endpointPattern,
  interfaceNamePattern,
  labNamePattern,
  namePattern,
  parseInterfaceName,
  parseLabName,
  parseNodeName,
} from "../../packages/core/dist/values/names.js";
import { ownerPattern, parseOwner } from "../../packages/core/dist/values/owner.js";
import type { Parsed } from "../../packages/core/dist/values/parsed.js";
import { parsePercent, percentPattern } from "../../packages/core/dist/values/percent.js";
import { parsePlatform, platformTexts } from "../../packages/core/dist/values/platform.js";
import { parseRate, ratePattern } from "../../packages/core/dist/values/rate.js";

interface Grammar {
  readonly name: string;
  readonly parse: (text: string) => Parsed<unknown>;
  readonly pattern: string;
  /** What its texts are made of; joined at random. */
  readonly pieces: readonly string[];
  /** What the pattern may let pass: matches the parser's complaint. */
  readonly looser?: RegExp;
}

const digits = ["0", "1", "5", "10", "99", "100", "101", "007", "9".repeat(30)];
const number = [...digits, ".", "-", "+", "e3", " ", "\t", "\n"];
const hex = ["0", "1", "ff", "AB", "12345", "g", ":", "::", ":"];
const address = [
  ...hex,
  "10.0.0.1",
  "255",
  "256",
  "010",
  ".",
  "%",
  "2001:db8::1",
  "1:2:3:4:5:6:7",
  "fe80::",
  " ",
];
const cidr = [...address, "/", "/24", "/32", "/33", "/064", "/128", "/129", "default"];
const word = [
  "r0",
  "eth0",
  "_",
  "-",
  ".",
  "..",
  "A",
  "é",
  "/",
  " ",
  "x".repeat(15),
  "y".repeat(63),
  "__proto__",
  "lo",
];

const parseEnd = (text: string): Parsed<unknown> => {
  const end = parseEndpoint(text);
  if (!end.ok) return end;
  const node = parseNodeName(end.value.node);
  return node.ok ? parseInterfaceName(end.value.interface, { allowLoopback: false }) : node;
};
const parsePath = (text: string): Parsed<unknown> =>
  parseKeyPath(text) === undefined ? { ok: false, message: "" } : { ok: true, value: 0 };

const grammars: readonly Grammar[] = [
  {
    name: "duration",
    parse: parseDuration,
    pattern: durationPattern,
    pieces: [...number, "ns", "us", "µs", "μs", "Μs", "ms", "s", "S", "mS", "min", "sec"],
    looser: /whole number of nanoseconds|too large/,
  },
  {
    name: "rate",
    parse: parseRate,
    pattern: ratePattern,
    pieces: [...number, "bit", "kbit", "MBIT", "gibit", "tbps", "BPS", "b", "Gb/s", "k", "i"],
    looser: /whole number of bits|too large|lets nothing through/,
  },
  {
    name: "percent",
    parse: parsePercent,
    pattern: percentPattern,
    pieces: [...number, "%", "%%", "percent"],
    looser: /whole number of millionths|more than 100%/,
  },
  {
    name: "MAC",
    parse: parseMac,
    pattern: macPattern,
    pieces: ["02", "0A", "ff", "01", "00", ":", ":00", ":00:00:00:00:00", "-", "g", "02:00:00:00:00"],
    looser: /no interface's MAC/,
  },
  {
    name: "address",
    parse: parseAddress,
    pattern: addressPattern,
    pieces: address,
    looser: /:.*not an IP address/,
  },
  {
    name: "interface address",
    parse: parseInterfaceAddress,
    pattern: interfaceAddressPattern,
    pieces: cidr,
    looser: /:.*not an IP address|unspecified|multicast/,
  },
  {
    name: "route target",
    parse: parseRouteTarget,
    pattern: routeTargetPattern,
    pieces: cidr,
    looser: /:.*not an IP address|not a network/,
  },
  {
    name: "lab",
    parse: parseLabName,
    pattern: labNamePattern,
    pieces: ["a", "lab", "-", "0", "A", "_", "z".repeat(31)],
  },
  { name: "node", parse: parseNodeName, pattern: namePattern, pieces: word, looser: /reserved/ },
  {
    name: "interface",
    parse: (text) => parseInterfaceName(text, { allowLoopback: true }),
    pattern: interfaceNamePattern,
    pieces: [...word, "all", "default"],
    looser: /reserved|sysctls use it/,
  },
  {
    name: "endpoint",
    parse: parseEnd,
    pattern: endpointPattern,
    pieces: [...word, ":", ":eth0", "@"],
    looser: /reserved|loopback|sysctls use it/,
  },
  {
    name: "owner",
    parse: parseOwner,
    pattern: ownerPattern,
    pieces: ["frr", ":", "0", "100", "$", "-", "4294967295", "é", "x".repeat(32)],
    looser: /[0-9]{10}/,
  },
  {
    name: "key path",
    parse: parsePath,
    pattern: keyPathPattern,
    pieces: [
      "exec",
      "a-b",
      "1",
      ".",
      " ",
      "\t",
      '"',
      "'",
      '"net.ipv4"',
      "'x y'",
      "\\",
      "\\n",
      "é",
      "=",
      "#",
      "{",
      "[",
      "\n",
      ",",
    ],
    looser: /^$/,
  },
];

describe.each(grammars)("the pattern of a $name", ({ parse, pattern, pieces, looser }) => {
  // As ajv does; Taplo's engine knows no more than what both do.
  const matches = new RegExp(pattern, "u");
  const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(""));

  test("accepts what the parser accepts", () => {
    let accepted = 0;
    const text = fc.oneof(
      { arbitrary: soup, weight: 3 },
      fc.stringMatching(new RegExp(pattern)),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (given) => {
        if (!parse(given).ok) return;
        accepted++;
        expect(given).toMatch(matches);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test("accepts nothing of another form", () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.stringMatching(new RegExp(pattern))), (given) => {
        if (!matches.test(given)) return;
        const parsed = parse(given);
        if (!parsed.ok) expect(parsed.message).toMatch(looser ?? /^never$/);
      }),
      { numRuns: 3000 },
    );
  });

  test("needs no more than Rust's regular expressions know", () => {
    expect(pattern).not.toMatch(/\(\?[=!<]|\\[dwsb1-9]/);
  });
});

test("every text of a platform is one, and every platform has its text", () => {
  const parts = ["linux", "darwin", "amd64", "arm64", "riscv64", "x86_64", "gnu", "musl", ""];
  const text = fc.array(fc.constantFrom(...parts), { maxLength: 4 }).map((all) => all.join("/"));
  fc.assert(
    fc.property(text, (given) => {
      expect(parsePlatform(given).ok).toBe(platformTexts.includes(given));
    }),
  );
  expect(platformTexts.every((each) => parsePlatform(each).ok)).toBe(true);
});
