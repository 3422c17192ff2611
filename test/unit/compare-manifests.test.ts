import { compareManifests } from "@dune/core";
import { describe, expect, test } from "vitest";
import { baseBuild, baseFiles, baseLab, build, changed, linesOf, type Table, taken } from "./compared-lab.js";

const live = { live: true };
type Mutate = (lab: Table, nodes: Table) => void;
const link = (lab: Table, index: number) => lab.topology.links[index];

async function expectChange(
  mutate: Mutate,
  lines: readonly string[],
  effect: object,
  files: Record<string, string> = {},
) {
  const { changes, effect: whole } = await changed(mutate, files);
  expect(linesOf(changes)).toEqual(lines);
  expect(taken(whole)).toEqual(effect);
}

describe("links", () => {
  const shaping: readonly [string, Mutate, string][] = [
    [
      "a value of both directions",
      (lab) => Object.assign(link(lab, 0), { bw: "20mbit" }),
      "r0:eth0-r1:eth0 changed: bw 10mbit → 20mbit",
    ],
    [
      "a value of one direction",
      (lab) => Object.assign(link(lab, 0), { "r1:eth0": { latency: "25ms" } }),
      "r0:eth0-r1:eth0 changed: r1:eth0 latency 5ms → 25ms",
    ],
    [
      "a value that there was not",
      (lab) => Object.assign(link(lab, 1), { loss: "0.5%", queue: 7 }),
      "r1:eth1-r2:eth0 changed: loss - → 0.5%; queue - → 7",
    ],
    [
      "an MTU that stays on one side of 1280",
      (lab) => Object.assign(link(lab, 0), { mtu: 1300 }),
      "r0:eth0-r1:eth0 changed: mtu 1430 → 1300",
    ],
  ];
  test.each(shaping)("%s is set in place", async (_, mutate, line) => {
    const mtu = (await baseBuild()).manifest.links[0]?.mtu;
    await expectChange(mutate, [`link ${line.replace("1430", String(mtu))}`], live);
  });

  test("metric says something to templates only", () =>
    expectChange(
      (lab) => Object.assign(link(lab, 0), { metric: 9 }),
      ["link r0:eth0-r1:eth0 changed: metric 1 → 9"],
      {},
    ));

  test("one with another MAC is made anew", () =>
    expectChange(
      (lab) => Object.assign(link(lab, 2), { "r0:eth2": { mac: "02:00:00:00:00:07" } }),
      [expect.stringMatching(/^link r0:eth2-sw:eth0 changed: r0:eth2 mac .* → 02:00:00:00:00:07$/)] as never,
      { remadeLinks: ["r0:eth2-sw:eth0"], neighbours: ["r0", "sw"] },
    ));

  test("of a tunnel only the end is made anew that has another MAC", async () => {
    const { effect } = await changed((lab) =>
      Object.assign(link(lab, 1), { "r2:eth0": { mac: "02:00:00:00:00:07" } }),
    );
    expect(taken(effect)).toEqual({ remadeLinks: ["r1:eth1-r2:eth0"], neighbours: ["r2"] });
  });

  test("an MTU on the other side of 1280 remakes the link, and the bridge that it is a port of", async () => {
    const plain = await changed((lab) => Object.assign(link(lab, 0), { mtu: 1200 }));
    expect(taken(plain.effect)).toEqual({
      live: true,
      remadeLinks: ["r0:eth0-r1:eth0"],
      neighbours: ["r0", "r1"],
    });
    const port = await changed((lab) => Object.assign(link(lab, 2), { mtu: 1200 }));
    expect(linesOf(port.changes)).toHaveLength(1);
    expect(taken(port.effect)).toEqual({
      live: true,
      remadeNodes: ["sw"],
      remadeLinks: ["r0:eth2-sw:eth0", "r1:eth2-sw:eth1"],
      neighbours: ["r0", "r1"],
    });
  });

  test("added or removed, touches its nodes and no process", async () => {
    const { changes, effect, back } = await changed((lab) =>
      lab.topology.links.push({ endpoints: ["r1:eth9", "r0:eth9"] }),
    );
    expect(linesOf(changes)).toEqual(["link r1:eth9-r0:eth9 added"]);
    expect(taken(effect)).toEqual({ live: true, neighbours: ["r0", "r1"] });
    expect(linesOf(back.changes)).toEqual(["link r1:eth9-r0:eth9 removed"]);
    expect(taken(back.effect)).toEqual(taken(effect));
  });
});

describe("processes", () => {
  const idle = (nodes: Table) => nodes.r0.pinned[2];
  const restarting: readonly [string, (process: Table) => unknown, string][] = [
    ["cmd", (process) => Object.assign(process, { cmd: "sleep 9" }), "cmd sleep inf → sleep 9"],
    ["a variable", (process) => Object.assign(process.environ, { MODE: "b" }), "environ.MODE a → b"],
    ["a variable more", (process) => Object.assign(process.environ, { NEW: "1" }), "environ.NEW - → 1"],
  ];
  test.each(restarting)("%s takes a restart", async (_, mutate, value) => {
    await expectChange((_lab, nodes) => mutate(idle(nodes)), [`process r0/idle changed: ${value}`], {
      restarts: ["r0/idle"],
    });
  });

  test("other cores take a restart", async () => {
    const { changes, effect } = await changed((_, nodes) => {
      idle(nodes).environ.CORE = "{{core_1}}";
    });
    expect(linesOf(changes)).toEqual([
      expect.stringMatching(/^process r0\/idle changed: cores .*; environ.CORE/),
    ]);
    expect(taken(effect)).toEqual({ restarts: ["r0/idle"] });
  });

  const rewritten: readonly [Table, string][] = [
    [{ post_up: ["two", "one"] }, "post_up one → two; post_up two → one"],
    [{ ready: "true", ready_timeout: "3s" }, "ready - → true; ready_timeout 10s → 3s"],
    [{ pre_down: ["x"], down: "y" }, "pre_down - → x; down - → y"],
    [{ reload: "kill -HUP 1" }, "reload - → kill -HUP 1"],
  ];
  test.each(rewritten)("%j is only written down", async (keys, values) => {
    await expectChange(
      (_, nodes) => Object.assign(idle(nodes), keys),
      [`process r0/idle changed: ${values}`],
      live,
    );
  });

  test("added is started, removed is stopped", async () => {
    const { changes, effect, back } = await changed((_, nodes) => {
      nodes.r1.pinned.push({ name: "new", cmd: "true" });
    });
    expect(linesOf(changes)).toEqual(["process r1/new added"]);
    expect(taken(effect)).toEqual({ live: true, starts: ["r1/new"] });
    expect(taken(back.effect)).toEqual({ live: true, stops: ["r1/new"] });
  });
});

describe("files", () => {
  test("another content is told to those that reload, and restarts the others that use it", async () => {
    const { changes, effect } = await changed(() => {}, { "bird.conf": "router id 2;\n" });
    expect(linesOf(changes)).toEqual([
      expect.stringMatching(/^file r0:\/etc\/lab\/bird.conf changed: sha256 /),
    ]);
    expect(changes[0]?.subject).toEqual({ node: "r0", path: "/etc/lab/bird.conf" });
    expect(taken(effect)).toEqual({ live: true, restarts: ["r0/watch"], reloads: ["r0/bird"] });
  });

  test("that come to a path restart who named it before they were there", async () => {
    const named = (lab: Table) => {
      lab.topology.nodes.r1.pinned[0].cmd = "ping -f /etc/lab/new";
      return lab;
    };
    const lab = named(baseLab());
    lab.topology.nodes.r1.templates["bird.conf"] = "/etc/lab/new";
    const [before, after] = [await build(named(baseLab())), await build(lab)];
    const { changes, effect } = compareManifests(before.manifest, after.manifest);
    expect(linesOf(changes)).toEqual([
      "process r1/ping changed: uses - → /etc/lab/new",
      "file r1:/etc/lab/new added",
    ]);
    expect(taken(effect)).toEqual({ live: true, restarts: ["r1/ping"] });
  });

  test("mode and owner restart nothing", () =>
    expectChange(
      (_, nodes) =>
        Object.assign(nodes.r0.templates, {
          "bird.conf": { dst: "/etc/lab/bird.conf", mode: "600", owner: "bird" },
        }),
      ["file r0:/etc/lab/bird.conf changed: mode 644 → 600; owner - → bird"],
      live,
    ));

  test("that a node sees in /etc restart all its processes, whatever of them changes", async () => {
    const mounted = (mode: string) => {
      const lab = baseLab();
      lab.topology.nodes.r1.templates["bird.conf"] = { dst: "/etc/netns/{{netns}}/hosts", mode };
      return build(lab);
    };
    const [before, after] = [await mounted("644"), await mounted("600")];
    const { changes, effect } = compareManifests(before.manifest, after.manifest);
    expect(linesOf(changes)).toEqual(["file r1:/etc/netns/r1/hosts changed: mode 644 → 600"]);
    expect(taken(effect)).toEqual({ live: true, restarts: ["r1/ping"] });
  });

  test("what an exec command has used cannot change under it", async () => {
    const { effect } = await changed(() => {}, { "set.sh": "echo 2\n" });
    expect(taken(effect)).toEqual({
      live: true,
      restarts: ["r1/ping"],
      remadeNodes: ["r1"],
      remadeLinks: ["r0:eth0-r1:eth0", "r1:eth1-r2:eth0", "r1:eth2-sw:eth1"],
      neighbours: ["r0", "sw"],
    });
  });

  test("of the server count for the nodes that sit there", async () => {
    const bound = (lab: Table) => {
      lab.infrastructure.nodes.s1.binds = [{ src: "hosts", dst: "/etc/lab/hosts" }];
      lab.topology.nodes.r1.pinned[0].cmd = "ping -f /etc/lab/hosts";
      lab.topology.nodes.r2.pinned[0].cmd = "far -f /etc/lab/hosts";
      return lab;
    };
    const [before, after] = await Promise.all(
      ["one", "two"].map((hosts) => build(bound(baseLab()), { ...baseFiles, hosts })),
    );
    const { changes, effect } = compareManifests(before!.manifest, after!.manifest);
    expect(changes).toMatchObject([
      { name: "s1:/etc/lab/hosts", subject: { phynode: "s1", path: "/etc/lab/hosts" } },
    ]);
    expect(taken(effect)).toEqual({ live: true, restarts: ["r1/ping"] });
  });
});
