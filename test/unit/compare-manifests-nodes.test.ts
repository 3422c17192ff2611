import { compareManifests } from "@dune/core";
import { describe, expect, test } from "vitest";
import { baseLab, build, changed, linesOf, type Table, taken } from "./compared-lab.js";

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
      "sysctl net.ipv4.conf.all.forwarding 0 → 1",
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

  test("the order of addresses of two families is none", async () => {
    const lo = (lab: Table, ...addresses: readonly string[]) => {
      lab.topology.nodes.r0.addrs.lo = addresses;
      return build(lab);
    };
    const [four, six] = ["10.9.0.1/32", "2001:db8::9/128"] as const;
    const [before, after] = [await lo(baseLab(), four, six), await lo(baseLab(), six, four)];
    expect(compareManifests(before.manifest, after.manifest).changes).toEqual([]);
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
