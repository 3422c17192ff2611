import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type CompileResult, compile, memoryFiles, pluginLoader, printText } from "@dune/core";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../examples/plugin", import.meta.url));
const textOf = (name: string) => readFileSync(`${folder}/${name}`, "utf8");

/** The example's topology with one text in it replaced. */
function changed(from: string, to: string): string {
  const topology = textOf("topology.toml");
  expect(topology.split(from)).toHaveLength(2);
  return topology.replace(from, to);
}

function compileExample(topology: string): Promise<CompileResult> {
  const files = memoryFiles({ "topology.toml": topology, "bird.conf.eta": textOf("bird.conf.eta") });
  return compile({ file: "topology.toml" }, { files, resolvePlugin: pluginLoader(folder) });
}

async function configurations(topology: string): Promise<Readonly<Record<string, string>>> {
  const { rendering, diagnostics } = await compileExample(topology);
  expect(diagnostics).toEqual([]);
  const rendered = rendering?.nodes.flatMap(({ placed, files: [file] }) =>
    file && "text" in file.content ? [[placed.node.name, file.content.text]] : [],
  );
  return Object.fromEntries(rendered ?? []);
}

async function printed(topology: string): Promise<string> {
  const { diagnostics, ok } = await compileExample(topology);
  expect(ok).toBe(false);
  return printText(diagnostics, { read: (file) => (file === "topology.toml" ? topology : undefined) });
}

const sessions = (configuration = "") =>
  [
    ...configuration.matchAll(
      /^protocol bgp (\w+) \{\n {2}local as (\d+);\n {2}neighbor (\S+) % '(\w+)' as (\d+);/gm,
    ),
  ].map(([, name, own, address, device, theirs]) => [
    name,
    own,
    /^fe80::/.test(address ?? ""),
    device,
    theirs,
  ]);

test("the plugin of the example is one file of less than 60 lines, without a cast", () => {
  const source = textOf("bgp.ts");
  expect(source.trimEnd().split("\n").length).toBeLessThan(60);
  expect(source).not.toMatch(/\bas\b(?! (anywhere|a |it ))|\w!\.|@ts-|: any\b/);
});

describe("what is rendered", () => {
  test("a session over each link to a node with a section, and only there", async () => {
    const { h1, r1, r2, r3 } = await configurations(textOf("topology.toml"));
    expect(h1).toBeUndefined();
    expect(sessions(r1)).toEqual([["r2_eth1", "65001", true, "eth1", "65002"]]);
    expect(sessions(r2)).toEqual([
      ["r1_eth0", "65002", true, "eth0", "65001"],
      ["r3_eth1", "65002", true, "eth1", "65003"],
    ]);
    expect(sessions(r3)).toEqual([["r2_eth0", "65003", true, "eth0", "65002"]]);
    expect(r1).toContain("router id 10.0.0.1;\n");
    expect(r1).toContain("route 2001:db8:1::/48 unreachable;\n");
    expect(r2).not.toContain("  route ");
  });

  test("another asn changes its own configuration and its neighbours', and nothing else", async () => {
    const before = await configurations(textOf("topology.toml"));
    const after = await configurations(changed("asn = 65001", "asn = 64999"));
    expect(after.r1).toBe(before.r1?.replaceAll("65001", "64999"));
    expect(after.r2).toBe(before.r2?.replaceAll("65001", "64999"));
    expect(after.r1).not.toBe(before.r1);
    expect(after.r2).not.toBe(before.r2);
    expect(after.r3).toBe(before.r3);
  });

  test("the option is in every session; without it there is a default", async () => {
    expect((await configurations(textOf("topology.toml"))).r1).toContain("hold time 6;");
    expect((await configurations(changed("hold_time = 6\n", "\n"))).r1).toContain("hold time 9;");
  });
});

describe("what is refused, at its place", () => {
  test.each<[what: string, from: string, to: string, expected: string]>([
    [
      "a number as text",
      "asn = 65001",
      'asn = "65001"',
      `error[resolve/wrong-type]: bgp.asn of node "r1" must be a whole number, not "65001"
  --> topology.toml:41:15
  41 │ bgp = { asn = "65001", router_id = "10.0.0.1", networks = ["2001:db8:1::/48"] }
     │               ^^^^^^^
  hint: write bgp.asn = 65001

1 error
`,
    ],
    [
      "a missing key",
      "asn = 65002, ",
      "",
      `error[resolve/missing-key]: bgp of node "r2" has no asn
  --> topology.toml:45:7
  45 │ bgp = { router_id = "10.0.0.2" }
     │       ^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: add asn: a whole number

1 error
`,
    ],
    [
      "a misspelt key",
      'networks = ["2001:db8:1::/48"]',
      'network = ["2001:db8:1::/48"]',
      `error[resolve/unknown-key]: bgp of node "r1" has an unknown key "network"
  --> topology.toml:41:46
  41 │ bgp = { asn = 65001, router_id = "10.0.0.1", network = ["2001:db8:1::/48"] }
     │                                              ^^^^^^^
  hint: did you mean "networks"?

1 error
`,
    ],
    [
      "an address where a network belongs",
      "2001:db8:3::/48",
      "2001:db8:3::1/48",
      `error[resolve/bad-address]: bgp.networks[0] of node "r3": "2001:db8:3::1/48" is not a network: bits are set after the first 48
  --> topology.toml:50:58
  50 │ bgp = { asn = 65003, router_id = "10.0.0.3", networks = ["2001:db8:3::1/48"] }
     │                                                          ^^^^^^^^^^^^^^^^^^
  hint: write 2001:db8:3::/48

1 error
`,
    ],
    [
      "a router_id that is no address",
      "10.0.0.1",
      "10.0.0",
      `error[resolve/bad-value]: bgp.router_id of node "r1" must be an IPv4 address, not "10.0.0"
  --> topology.toml:41:34
  41 │ bgp = { asn = 65001, router_id = "10.0.0", networks = ["2001:db8:1::/48"] }
     │                                  ^^^^^^^^

1 error
`,
    ],
    [
      "a router_id of two nodes, which the plugin finds",
      "10.0.0.3",
      "10.0.0.1",
      `error[bgp/same-router-id]: nodes "r1" and "r3" have the same router_id (plugin bgp)
  --> topology.toml:50:34
  50 │ bgp = { asn = 65003, router_id = "10.0.0.1", networks = ["2001:db8:3::/48"] }
     │                                  ^^^^^^^^^^
  note: the other one
  --> topology.toml:41:34
  41 │ bgp = { asn = 65001, router_id = "10.0.0.1", networks = ["2001:db8:1::/48"] }
     │                                  ^^^^^^^^^^
  hint: give each node a router_id of its own: no session comes up between two that share one

1 error
`,
    ],
    [
      "an option",
      "hold_time = 6",
      "hold_time = 1",
      `error[resolve/bad-value]: hold_time of [plugin.bgp] must be at least 3, not 1
  --> topology.toml:14:13
  14 │ hold_time = 1
     │             ^

1 error
`,
    ],
  ])("%s", async (_, from, to, expected) => {
    expect(await printed(changed(from, to))).toBe(expected);
  });
});
