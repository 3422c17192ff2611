import { describe, expect, test } from "vitest";
import { dune, labToml, newFolder } from "./run-dune.js";

async function explain(path: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await dune(newFolder({ "lab.toml": labToml }), [
    "explain",
    "lab.toml",
    path,
    ...args,
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

describe("explain, a value", () => {
  const forwarding = `nodes.r0.sysctls."net.ipv6.conf.all.forwarding" = "1"
  "1"  group edge  lab.toml:18:46
  "0"  defaults    lab.toml:11:46  replaced`;

  test.each([
    'nodes.r0.sysctls."net.ipv6.conf.all.forwarding"',
    // A shell takes the quotes away.
    "nodes.r0.sysctls.net.ipv6.conf.all.forwarding",
    'topology.nodes.r0.sysctls."net.ipv6.conf.all.forwarding"',
  ])("%s, with what it replaced", async (path) => {
    expect(await explain(path)).toBe(forwarding);
  });

  test("given by --set", async () => {
    expect(await explain("params.rate", "--set", "params.rate=10mbit")).toBe(`params.rate = "10mbit"
  "10mbit"  --set  params.rate=10mbit
  "1gbit"   file   lab.toml:3:8        replaced`);
  });

  test("of a list, each item with its own origin", async () => {
    expect(await explain("nodes.r0.exec")).toBe(`nodes.r0.exec
  [0]  "true"           defaults  lab.toml:12:9
  [1]  "echo {{node}}"  node r0   lab.toml:21:9`);
    expect(await explain("nodes.r0.exec[1]")).toBe(`nodes.r0.exec[1] = "echo {{node}}"
  "echo {{node}}"  node r0  lab.toml:21:9`);
  });

  test("of a process, by its name or index", async () => {
    const expected = `nodes.r0.pinned[0].cmd = "ip monitor {{core_1}}"
  "ip monitor {{core_1}}"  node r0  lab.toml:22:36`;
    expect(await explain("nodes.r0.pinned.monitor.cmd")).toBe(expected);
    expect(await explain("nodes.r0.pinned[0].cmd")).toBe(expected);
  });

  test("that was unset", async () => {
    expect(await explain("nodes.r1.exec")).toBe(`nodes.r1.exec
  { unset = "exec" }  node r1  lab.toml:24:10
  [0]                 "true"   defaults        lab.toml:12:9  unset
  unset, and nothing sets it again`);
  });

  test("that nothing sets", async () => {
    expect(await explain("nodes.r1.phynode")).toBe("nodes.r1.phynode\n  nothing sets it");
    expect(await explain("nodes.r1.numa")).toBe('nodes.r1.numa = "node"\n  dune\'s default');
    expect(await explain("infrastructure.vxlan.port")).toBe(
      "infrastructure.vxlan.port = 4789\n  dune's default",
    );
    expect(await explain("links.0.mtu")).toBe(`links."r0:eth0-r1:eth0".mtu = 1450
  the rule for links that declare none: 1500, or less if every tunnel needs it`);
  });
});

describe("explain, a link", () => {
  test("by either order of its ends, and both directions", async () => {
    const expected = `links."r0:eth0-r1:eth0".latency = "10ms"
  "10ms"        link 1  lab.toml:29:51
  "5ms"         defaults         lab.toml:14:11  replaced
  from r1:eth0  "25ms"           link 1          lab.toml:29:79`;
    const normalise = (text: string) => text.replace(/ +/g, " ");
    expect(normalise(await explain('links."r0:eth0-r1:eth0".latency'))).toBe(normalise(expected));
    expect(await explain("links.r1:eth0-r0:eth0.latency")).toBe(await explain("topology.links[0].latency"));
  });

  test("one direction", async () => {
    expect(
      await explain('links."r0:eth0-r1:eth0"."r1:eth0".latency'),
    ).toBe(`links."r0:eth0-r1:eth0"."r1:eth0".latency = "25ms"
  "25ms"  link 1    lab.toml:29:79
  "10ms"  link 1    lab.toml:29:51  replaced
  "5ms"   defaults  lab.toml:14:11  replaced`);
    expect(await explain("links.r0:eth0-r1:eth0.r0:eth0.latency")).toContain(
      "  the link's, in both directions",
    );
    expect(await explain("links.r0:eth0-r1:eth0.r0:eth0.mac")).toMatch(
      /mac = "02(:[0-9a-f]{2}){5}"\n {2}made from the names/,
    );
  });
});

describe("explain, a whole", () => {
  test("node: where it sits and why, its cores, constraints and links", async () => {
    expect((await explain("nodes.r0")).replace(/vxlan \d+/, "vxlan 1")).toBe(`nodes.r0
  phynode  server1
  reason   phynode = "server1"
  cores
    monitor  cores 1-2
  constraints
    phynode "server1"  node r0     lab.toml:20:11
    separate "edge"    group edge  lab.toml:17:12
  links
    eth0  to r1:eth0  vxlan 1 from server1 to server2
    eth1  to h0:eth0  veth on server1
  values
    exec[0]                                 "true"                   defaults    lab.toml:12:9
    exec[1]                                 "echo {{node}}"          node r0     lab.toml:21:9
    sysctls."net.ipv6.conf.all.forwarding"  "1"                      group edge  lab.toml:18:46
    separate                                "edge"                   group edge  lab.toml:17:12
    phynode                                 "server1"                node r0     lab.toml:20:11
    pinned[0].cmd                           "ip monitor {{core_1}}"  node r0     lab.toml:22:36
    pinned[0].name                          "monitor"                node r0     lab.toml:22:19`);
  });

  test("phynode, by both of its paths", async () => {
    const text = await explain("phynodes.server1");
    expect(text).toContain("  cores\n    r0/monitor  cores 1-2\n");
    expect(text).toContain('  address   "192.0.2.1"  phynode server1  lab.toml:6:11');
    expect(await explain("infrastructure.nodes.server1")).toBe(text);
    expect(await explain("infrastructure.nodes.server1.cores")).toBe(`phynodes.server1.cores
  [0]  [1, 2, 3]  phynode server1  lab.toml:5:10`);
  });

  test("lab: all nodes at a glance", async () => {
    const text = await explain("nodes");
    expect(text.split("\n").map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
      "nodes",
      "h0",
      "r0",
      "r1",
    ]);
  });

  test("as JSON", async () => {
    const json = JSON.parse(await explain("nodes.r0", "--json"));
    expect(json).toMatchObject({
      ok: true,
      path: "nodes.r0",
      phynode: "server1",
      cores: { monitor: [1, 2] },
      diagnostics: [],
    });
    expect(json.links).toEqual([
      {
        interface: "eth0",
        link: "r0:eth0-r1:eth0",
        kind: "vxlan",
        vni: expect.any(Number),
        phynodes: ["server1", "server2"],
      },
      { interface: "eth1", link: "h0:eth0-r0:eth1", kind: "veth", phynodes: ["server1"] },
    ]);
    const value = JSON.parse(await explain("nodes.r0.sysctls.net.ipv6.conf.all.forwarding", "--json"));
    expect(value.value).toBe("1");
    expect(
      value.from.map((row: { layer: string; status: string; line: number }) => [
        row.layer,
        row.status,
        row.line,
      ]),
    ).toEqual([
      ["group edge", "set", 18],
      ["defaults", "replaced", 11],
    ]);
  });
});

describe("explain, what is wrong", () => {
  test.each([
    ["nodes.r9", 'error: there is no node "r9"\n  hint: did you mean nodes.r0?'],
    ["nodes.r0.exce", 'error: nodes.r0 has no "exce"\n  hint: did you mean nodes.r0.exec?'],
    [
      "links.r0:eth0-r1:eth1",
      'error: there is no link "r0:eth0-r1:eth1"\n  hint: did you mean links."r0:eth0-r1:eth0"?',
    ],
    ["bin.probe", 'error: the topology has no "bin.probe"\n  hint: did you mean binaries.probe?'],
    ["topology.grops", 'error: topology has no "grops"\n  hint: did you mean topology.groups?'],
    ["nodes.r0.exec[7]", 'error: nodes.r0.exec has no "7"\n  hint: it has: 0, 1'],
  ])("%s", async (path, expected) => {
    const { exitCode, stdout, stderr } = await dune(newFolder({ "lab.toml": labToml }), [
      "explain",
      "lab.toml",
      path,
    ]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: "", stderr: expected });
  });

  test("a lab that does not fit can still be explained", async () => {
    const toml = labToml.replace("{{core_1}}", "{{core_1}} {{core_2}} {{core_3}}");
    const { exitCode, stdout, stderr } = await dune(newFolder({ "lab.toml": toml }), [
      "explain",
      "lab.toml",
      "nodes.r0.phynode",
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[allocate/");
    expect(stdout).toBe('nodes.r0.phynode = "server1"\n  "server1"  node r0  lab.toml:20:11');
  });
});
