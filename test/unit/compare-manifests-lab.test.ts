import { compareManifests, type Manifest, readManifest } from "@dune/core";
import { describe, expect, test } from "vitest";
import { sliceManifest } from "../../packages/core/dist/manifest/make-manifest.js";
import {
  type Built,
  baseBuild,
  baseLab,
  build,
  changed,
  linesOf,
  type Table,
  taken,
} from "./compared-lab.js";

const live = { live: true };

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

  test("an underlay device may be the one that the routes have chosen", async () => {
    const device = (name: string) => (lab: Table) =>
      Object.assign(lab.infrastructure.nodes.s2, { interface: name });
    const { changes, back } = await changed(device("eth7"));
    for (const [change] of [changes, back.changes])
      expect(change?.note).toBe("tunnels stay where the server's routes choose that interface anyway");
    const [one, other] = await Promise.all(
      ["eth7", "eth8"].map((name) => {
        const lab = baseLab();
        device(name)(lab);
        return build(lab);
      }),
    );
    expect(compareManifests(one!.manifest, other!.manifest).changes[0]?.note).toBeUndefined();
  });

  test("a setup command that stands there once more is run once more", async () => {
    const built = (pre: readonly string[], post: readonly string[]) => {
      const lab = baseLab();
      lab.infrastructure.nodes.s1.setup = { pre, post };
      return build(lab);
    };
    const [once, twice] = [await built(["one", "two"], []), await built(["two", "one", "one"], [])];
    const elsewhere = await built(["one"], ["two"]);
    const change = (before: Built, after: Built) => {
      const { changes, effect } = compareManifests(before.manifest, after.manifest);
      return { live: effect.live, stays: changes[0]?.note !== undefined };
    };
    expect(change(once, twice)).toEqual({ live: true, stays: false });
    expect(change(twice, once)).toEqual({ live: false, stays: true });
    expect(change(once, elsewhere)).toEqual({ live: true, stays: true });
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

test("options of plugins are compared where both manifests know them", async () => {
  const { manifest } = await baseBuild();
  const having = (options?: object): Manifest => ({
    ...manifest,
    plugins: [{ name: "p", ...(options && { options: { ...options } }) }],
  });
  const linesFor = (one: Manifest, other: Manifest) => linesOf(compareManifests(one, other).changes);
  expect(linesFor(having(), having({ deep: { a: 1 } }))).toEqual([]);
  expect(linesFor(having({ deep: { a: 1 } }), having())).toEqual([]);
  expect(linesFor(having({ deep: { a: 1 } }), having({ deep: { a: 2 }, b: "x" }))).toEqual([
    "lab lab changed: plugin.p.b - → x; plugin.p.deep.a 1 → 2",
  ]);
});

function range(last: number): string {
  return Array.from({ length: last }, (_, index) => index + 1).join(", ");
}
