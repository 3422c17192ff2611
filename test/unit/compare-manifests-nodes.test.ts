import { compareManifests, type Manifest, readManifest } from "@dune/core";
import { describe, expect, test } from "vitest";
import { sliceManifest } from "../../packages/core/dist/manifest/make-manifest.js";
import { baseBuild, baseLab, build, changed, linesOf, type Table, taken } from "./compared-lab.js";

const live = { live: true };
const everythingOfR1 = {
  restarts: ["r1/ping"],
  remadeNodes: ["r1"],
  remadeLinks: ["r0:eth0-r1:eth0", "r1:eth1-r2:eth0", "r1:eth2-sw:eth1"],
  neighbours: ["r0", "sw"],
};

describe("nodes", () => {
  const cases: readonly [string, (r1: Table) => unknown, string, object][] = [
    ["an exec command appended is run", (r1) => r1.exec.push("two"), "exec - → two", live],
    [
      "an exec command before another makes the node anew",
      (r1) => r1.exec.unshift("zero"),
      "exec - → zero",
      { live: true, ...everythingOfR1 },
    ],
    [
      "another exec command makes it anew",
      (r1) => r1.exec.splice(0, 1, "other"),
      "exec sh /etc/lab/set.sh → other",
      everythingOfR1,
    ],
    [
      "a sysctl is set in place",
      (r1) => Object.assign(r1, { sysctls: { "net.ipv4.ip_forward": "1" } }),
      "sysctl net.ipv4.conf.all.forwarding - → 1",
      live,
    ],
    [
      "a sysctl that counts only when an interface is made makes the node anew",
      (r1) => Object.assign(r1, { sysctls: { "net.ipv6.conf.eth1.disable_ipv6": "1" } }),
      "sysctl net.ipv6.conf.eth1.disable_ipv6 - → 1",
      { live: true, ...everythingOfR1 },
    ],
    [
      "addresses and routes are set in place",
      (r1) =>
        Object.assign(r1, { addrs: { eth0: ["10.0.0.2/24"] }, routes: [{ to: "default", via: "10.0.0.1" }] }),
      "addrs.eth0 - → 10.0.0.2/24; route default - → via 10.0.0.1",
      live,
    ],
    [
      "a folder of its own restarts its processes",
      (r1) => Object.assign(r1, { private: ["/run/x"] }),
      "private - → /run/x",
      { restarts: ["r1/ping"] },
    ],
    [
      "data and results are nobody's there",
      (r1) => Object.assign(r1, { asn: 7, results: ["/tmp/x"] }),
      "results - → /tmp/x; data.asn - → 7",
      {},
    ],
  ];
  test.each(cases)("%s", async (_, mutate, values, effect) => {
    const comparison = await changed((_lab, nodes) => mutate(nodes.r1));
    const [line, ...more] = linesOf(comparison.changes).filter((each) => each.startsWith("node "));
    expect([line, ...more]).toEqual([`node r1 changed: ${values}`]);
    expect(taken(comparison.effect)).toEqual(effect);
  });

  test("the order of addresses is a difference", async () => {
    const { changes } = await changed((_, nodes) => nodes.r0.addrs.eth0.reverse());
    expect(linesOf(changes)).toEqual([
      "node r0 changed: addrs.eth0 10.0.0.1/24 → 10.0.1.1/24; addrs.eth0 10.0.1.1/24 → 10.0.0.1/24",
    ]);
  });

  test("added with its processes, removed with them; its neighbours lose an interface", async () => {
    const { changes, effect, back } = await changed((lab, nodes) => {
      nodes.r3 = { phynode: "s1", pinned: [{ name: "x", cmd: "true" }] };
      lab.topology.links.push({ endpoints: ["r3:eth0", "r0:eth3"] });
    });
    expect(linesOf(changes)).toEqual(["node r3 added", "link r3:eth0-r0:eth3 added"]);
    expect(taken(effect)).toEqual({ live: true, starts: ["r3/x"], neighbours: ["r0"] });
    expect(taken(back.effect)).toEqual({ live: true, stops: ["r3/x"], neighbours: ["r0"] });
  });

  test("moved, stops on the one server and starts on the other, and its links are made anew", async () => {
    const { changes, effect } = await changed((_, nodes) => {
      nodes.r0.phynode = "s2";
      nodes.r0.pinned[2].environ.MODE = "b";
    });
    expect(linesOf(changes).filter((line) => /^(node|process)/.test(line))).toContain(
      "node r0 moved: phynode s1 → s2",
    );
    const own = ["r0/bird", "r0/idle", "r0/watch"];
    expect(taken(effect)).toEqual({
      live: true,
      starts: own,
      stops: own,
      remadeLinks: ["r0:eth0-r1:eth0", "r0:eth2-sw:eth0"],
      neighbours: ["r1", "sw"],
    });
    expect(linesOf(changes)).toContain("link r0:eth0-r1:eth0 changed: kind veth → vxlan");
  });

  test("what three changes restart is restarted once", async () => {
    const { changes, effect } = await changed(
      (_, nodes) => {
        nodes.r0.pinned[1].cmd = "watch -n 2 /etc/lab/bird.conf";
        nodes.r0.private = ["/run/x"];
      },
      { "bird.conf": "router id 3;\n" },
    );
    expect(changes.filter((change) => change.effect.restarts.includes("r0/watch"))).toHaveLength(3);
    expect(effect.restarts).toEqual(["r0/bird", "r0/idle", "r0/watch"]);
    expect(effect.reloads).toEqual([]);
  });
});

describe("servers and the lab", () => {
  const cases: readonly [string, (lab: Table) => unknown, string, object][] = [
    [
      "another underlay address makes the tunnels anew, at both ends",
      (lab) => Object.assign(lab.infrastructure.nodes.s2, { address: "192.0.2.9" }),
      "phynode s2 changed: address 192.0.2.2 → 192.0.2.9",
      { remadeLinks: ["r1:eth1-r2:eth0"], neighbours: ["r1", "r2"] },
    ],
    [
      "another underlay device only on its server",
      (lab) => Object.assign(lab.infrastructure.nodes.s2, { interface: "eth7" }),
      "phynode s2 changed: interface - → eth7",
      { remadeLinks: ["r1:eth1-r2:eth0"], neighbours: ["r2"] },
    ],
    [
      "another port makes all tunnels anew",
      (lab) => Object.assign(lab.infrastructure, { vxlan: { port: 4790 } }),
      "lab lab changed: vxlan.port 4789 → 4790",
      { remadeLinks: ["r1:eth1-r2:eth0"], neighbours: ["r1", "r2"] },
    ],
    [
      "cores, tags and limits that allow what is there change nothing",
      (lab) => Object.assign(lab.infrastructure.nodes.s2, { cores: 17, tags: ["big"], limits: { nodes: 9 } }),
      `phynode s2 changed: cores [[${range(15)}]] → [[${range(16)}]]; tags - → big; limits.nodes 250 → 9`,
      {},
    ],
    [
      "sysctls of the server are set in place",
      (lab) => Object.assign(lab.infrastructure.nodes.s1.sysctls, { "net.core.rmem_max": "2000" }),
      "phynode s1 changed: sysctl net.core.rmem_max 1000 → 2000",
      live,
    ],
    [
      "new setup commands are run",
      (lab) => Object.assign(lab.infrastructure.nodes.s1, { setup: { pre: ["modprobe x"] } }),
      "phynode s1 changed: setup.pre - → modprobe x",
      live,
    ],
    [
      "params change what strings make of them",
      (lab) => Object.assign(lab.params, { rate: "20mbit" }),
      "lab lab changed: params.rate 10mbit → 20mbit",
      {},
    ],
  ];
  test.each(cases)("%s", async (_, mutate, line, effect) => {
    const comparison = await changed(mutate);
    expect(linesOf(comparison.changes)).toEqual([line]);
    expect(taken(comparison.effect)).toEqual(effect);
  });

  test("what setup commands have done stays when they go", async () => {
    const { back } = await changed((lab) => {
      lab.infrastructure.nodes.s1.setup = { pre: ["modprobe x"] };
    });
    expect(back.changes[0]?.note).toBe("what the setup commands that go have done stays");
    expect(taken(back.effect)).toEqual({});
  });

  test("with another prefix all nodes are made anew", async () => {
    const { changes, effect } = await changed((lab) =>
      Object.assign(lab.infrastructure, { namespace_prefix: "x-" }),
    );
    expect(linesOf(changes)).toEqual(["lab lab changed: namespace_prefix  → x-"]);
    expect(effect.remadeNodes).toEqual(["r0", "r1", "r2", "sw"]);
    expect(effect.restarts).toHaveLength(5);
    expect(effect.neighbours).toEqual([]);
  });

  test("another baseline counts for who does not set it", async () => {
    const { manifest } = await baseBuild();
    const path = "net/ipv6/conf/all/accept_dad";
    const older: Manifest = { ...manifest, baseline: { ...manifest.baseline, [path]: "1" } };
    older.nodes = manifest.nodes.map((node) =>
      node.name === "r0" ? { ...node, sysctls: { [path]: "0" } } : node,
    );
    const { changes, effect } = compareManifests(older, manifest);
    expect(linesOf(changes)).toEqual(["lab lab changed: baseline sysctl net.ipv6.conf.all.accept_dad 1 → 0"]);
    expect(effect.remadeNodes).toEqual(["r1", "r2", "sw"]);
  });
});

test("of a slice the nodes and links of its server are compared", async () => {
  const lab = baseLab();
  lab.topology.links[1].bw = "5mbit";
  lab.topology.nodes.r0.pinned[2].cmd = "sleep 1";
  const [before, after] = [await baseBuild(), await build(lab, undefined, await baseBuild())];
  const slices = (phynode: string) =>
    compareManifests(sliceManifest(before.manifest, phynode), sliceManifest(after.manifest, phynode));
  expect(linesOf(slices("s1").changes)).toEqual([
    "link r1:eth1-r2:eth0 changed: bw - → 5mbit",
    "process r0/idle changed: cmd sleep inf → sleep 1",
  ]);
  expect(linesOf(slices("s2").changes)).toEqual(["link r1:eth1-r2:eth0 changed: bw - → 5mbit"]);
});

test("a node that moves goes from the one slice, and comes into the other", async () => {
  const lab = baseLab();
  lab.topology.nodes.r1.phynode = "s2";
  const [before, after] = [await baseBuild(), await build(lab, undefined, await baseBuild())];
  const effectOn = (phynode: string) =>
    taken(
      compareManifests(sliceManifest(before.manifest, phynode), sliceManifest(after.manifest, phynode))
        .effect,
    );
  expect(effectOn("s1")).toEqual({
    live: true,
    stops: ["r1/ping"],
    remadeLinks: ["r0:eth0-r1:eth0", "r1:eth2-sw:eth1"],
    neighbours: ["r0", "sw"],
  });
  expect(effectOn("s2")).toMatchObject({
    starts: ["r1/ping"],
    remadeLinks: ["r1:eth1-r2:eth0"],
    neighbours: ["r2"],
  });
});

test("manifests of before, which do not know what processes use, are the same as those that do", async () => {
  const { manifest } = await baseBuild();
  const older = JSON.parse(
    JSON.stringify(manifest, (key, value) => (/^(execUses|uses)$/.test(key) ? undefined : value)),
  );
  const read = readManifest(JSON.stringify(older));
  expect(read.ok && compareManifests(read.manifest, manifest).changes).toEqual([]);
  expect(read.ok && compareManifests(manifest, read.manifest).changes).toEqual([]);
});

function range(last: number): string {
  return Array.from({ length: last }, (_, index) => index + 1).join(", ");
}
