import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCores } from "../../packages/core/dist/values/cores.js";
import { parseEndpoint } from "../../packages/core/dist/values/endpoint.js";
import {
  labNameFromFile,
  parseInterfaceName,
  parseLabName,
  parseNodeName,
  parsePhynodeName,
  parseProcessName,
} from "../../packages/core/dist/values/names.js";
import { parsePlatform } from "../../packages/core/dist/values/platform.js";

const message = (parsed: { ok: boolean; message?: string }) => (parsed.ok ? "good" : parsed.message);
const hint = (parsed: { ok: boolean; hint?: string }) => (parsed.ok ? "good" : parsed.hint);

describe("names of labs", () => {
  test.each(["triangle", "4-routers", "a", "a".repeat(32), "a-", "a--b"])("%s", (name) => {
    expect(parseLabName(name)).toEqual({ ok: true, value: name });
  });

  test.each([
    ["", "lab"],
    ["My Lab", "my-lab"],
    ["-x", "x"],
    ["a_b", "a-b"],
    ["a\n", "a"],
    ["a".repeat(33), "a".repeat(32)],
  ])("%j is refused with a better one", (name, better) => {
    expect(hint(parseLabName(name))).toMatch(new RegExp(`such as ${better}$`));
  });

  test.each([
    ["triangle.toml", "triangle"],
    ["My Lab (2).TOML", "my-lab-2"],
    ["bgp-v1.2", "bgp-v1-2"],
    ["été.toml", "t"],
    [".toml", "lab"],
    ["...", "lab"],
    [`${"a".repeat(31)}-b.toml`, "a".repeat(31)],
  ])("from %j", (file, name) => {
    expect(labNameFromFile(file)).toBe(name);
  });

  test("from a file are always valid", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (file) => parseLabName(labNameFromFile(file)).ok));
  });
});

describe("names of nodes, phynodes and processes", () => {
  test.each(["r0", "R_0", "stub-1.example", "a..b", "0", "_", "a".repeat(64)])("%s", (name) => {
    for (const parse of [parseNodeName, parsePhynodeName, parseProcessName]) {
      expect(parse(name)).toEqual({ ok: true, value: name });
    }
  });

  test.each([
    ["", "it is empty"],
    [".", "it stands for a folder"],
    ["..", "it stands for a folder"],
    ["r/0", 'it has a "/"'],
    ["../etc", 'it has a "/"'],
    ["a".repeat(65), "it is longer than 64 bytes"],
    ["é".repeat(33), "it is longer than 64 bytes"],
    ["r 0", 'it has the character " "'],
    ["r\n0", 'it has the character "\\n"'],
    ["r\u00000", 'it has the character "\\u0000"'],
    ["r:0", 'it has the character ":"'],
    ["r@0", 'it has the character "@"'],
    ["$(id)", 'it has the character "$"'],
    ["r0\n", 'it has the character "\\n"'],
    ["rüt", 'it has the character "ü"'],
    ["r😀", 'it has the character "😀"'],
    ["-r", 'it starts with "-"'],
    [".r", 'it starts with "."'],
    ["__proto__", "it is reserved"],
  ])("%j is refused", (name, fault) => {
    for (const [parse, what] of [
      [parseNodeName, "a node"],
      [parsePhynodeName, "a phynode"],
      [parseProcessName, "a process"],
    ] as const) {
      expect(message(parse(name))).toMatch(` cannot be the name of ${what}: ${fault}`);
    }
  });

  test("a long name is cut in the message", () => {
    expect(message(parseNodeName("x".repeat(10_000)))?.length).toBeLessThan(200);
  });

  test("what is accepted is a safe word", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        return !parseNodeName(name).ok || /^\w[\w.-]{0,63}$/.test(name);
      }),
    );
  });
});

describe("names of interfaces", () => {
  const strict = { allowLoopback: false };

  test.each(["eth0", "eth0.100", "a", "mtu", "x".repeat(15)])("%s", (name) => {
    expect(parseInterfaceName(name, strict)).toEqual({ ok: true, value: name });
  });

  test.each([
    ["x".repeat(16), "it is longer than 15 bytes"],
    ["", "it is empty"],
    ["..", "it stands for a folder"],
    ["eth/0", 'it has a "/"'],
    ["eth:0", 'it has the character ":"'],
    ["eth 0", 'it has the character " "'],
    ["eth%d", 'it has the character "%"'],
    ["-e", 'it starts with "-"'],
    ["__proto__", "it is reserved"],
    ["all", "sysctls use it for all of them"],
    ["default", "sysctls use it for all of them"],
  ])("%j is refused", (name, fault) => {
    expect(message(parseInterfaceName(name, strict))).toMatch(
      ` cannot be the name of an interface: ${fault}`,
    );
  });

  test("lo only where it is allowed", () => {
    expect(parseInterfaceName("lo", { allowLoopback: true })).toEqual({ ok: true, value: "lo" });
    expect(parseInterfaceName("lo", strict)).toEqual({
      ok: false,
      message: '"lo" is the loopback interface that every node has, it cannot end a link',
      hint: "choose another name",
    });
  });
});

describe("endpoints", () => {
  test("node and interface", () => {
    expect(parseEndpoint("r0:eth0")).toEqual({ ok: true, value: { node: "r0", interface: "eth0" } });
  });

  test.each([
    ["r0", 'the endpoint "r0" names no interface', 'write "r0:eth0"'],
    ["", 'the endpoint "" names no interface', 'write node:interface, such as "r0:eth0"'],
    ["a:b:c", 'the endpoint "a:b:c" has more than one ":"', 'write node:interface, such as "r0:eth0"'],
    [":eth0", 'the endpoint ":eth0" has no node before the ":"', 'write node:interface, such as "r0:eth0"'],
    ["r0:", 'the endpoint "r0:" has no interface after the ":"', 'write node:interface, such as "r0:eth0"'],
    [":", 'the endpoint ":" has no node before the ":"', 'write node:interface, such as "r0:eth0"'],
  ])("%j is refused", (text, wrong, what) => {
    expect(parseEndpoint(text)).toEqual({ ok: false, message: wrong, hint: what });
  });

  test.each(["@phynode", "@phynode:eno2"])("%s is not supported yet", (text) => {
    expect(parseEndpoint(text)).toEqual({
      ok: false,
      message: `the endpoint "${text}" is outside the lab: connections to the outside world are not supported yet`,
      hint: 'connect two nodes, such as "r0:eth0" and "r1:eth0"',
    });
  });
});

describe("platforms", () => {
  test.each([
    ["linux/amd64", "amd64", "gnu", "linux/amd64"],
    ["linux/arm64/gnu", "arm64", "gnu", "linux/arm64"],
    ["linux/riscv64/musl", "riscv64", "musl", "linux/riscv64/musl"],
  ])("%s", (text, arch, libc, canonical) => {
    expect(parsePlatform(text)).toEqual({ ok: true, value: { os: "linux", arch, libc, text: canonical } });
    expect(parsePlatform(canonical)).toEqual(parsePlatform(text));
  });

  test.each([
    ["linux/x86_64", "write linux/amd64"],
    ["linux/x64/musl", "write linux/amd64/musl"],
    ["linux/aarch64", "write linux/arm64"],
    ["linux/mips", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["linux/", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["linux/amd64/glibc", "use gnu or musl"],
    ["linux/amd64/", "use gnu or musl"],
    ["linux/amd64/gnu/x", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["darwin/arm64", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["amd64", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["linux", "write linux/amd64, linux/arm64 or linux/riscv64"],
    ["", "write linux/amd64, linux/arm64 or linux/riscv64"],
  ])("%j is refused", (text, expected) => {
    expect(hint(parsePlatform(text))).toBe(expected);
  });
});

describe("cores", () => {
  test.each([
    [2, [[1]]],
    [4, [[1, 2, 3]]],
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      [
        [1, 2, 3],
        [4, 5],
      ],
    ],
    [[[0]], [[0]]],
    [
      [[1, 1], []],
      [[1, 1], []],
    ],
    [[], []],
  ])("%j", (value, expected) => {
    expect(parseCores(value)).toEqual({ ok: true, value: expected });
  });

  test("of the largest machine", () => {
    const parsed = parseCores(4096);
    expect(parsed.ok && parsed.value[0]?.length).toBe(4095);
  });

  const lists = "write one list of cores per NUMA node, such as [[1, 2, 3], [4, 5, 6, 7]]";
  const count = "write a whole number from 2 to 8192, or list the cores";
  test.each([
    [1, "1 core leaves none, because core 0 is left to the kernel", "write [[0]] to use it"],
    [0, "0 is not a number of cores", count],
    [-1, "-1 is not a number of cores", count],
    [2.5, "2.5 is not a number of cores", count],
    [8193, "8193 is not a number of cores", count],
    [Number.POSITIVE_INFINITY, "Infinity is not a number of cores", count],
    [
      [1, 2, 3],
      "the cores are not grouped by NUMA node",
      "write [[1, 2, 3]] instead of [1, 2, 3] for a single NUMA node",
    ],
    [[[1], 2], "2 is not a list of cores", lists],
    [["1-7,9"], '"1-7,9" is not a list of cores', lists],
    [[["1-7,9"]], '"1-7,9" is not a core', lists],
    [[[1.5]], "1.5 is not a core", lists],
    [[[[1]]], "a list is not a core", lists],
    [[[Object.create(null)]], "a table is not a core", lists],
    ["4", '"4" is not a list of cores', lists],
    [true, "true is not a list of cores", lists],
    [{}, "a table is not a list of cores", lists],
  ])("%j is refused", (value, wrong, what) => {
    expect(parseCores(value)).toEqual({ ok: false, message: wrong, hint: what });
  });

  test("no value makes it throw", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (value) => {
        return typeof parseCores(value).ok === "boolean";
      }),
    );
  });
});
