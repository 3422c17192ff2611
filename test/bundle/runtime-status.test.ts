import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { node, writeBundle } from "./payload.js";
import { isRoot, joinPhynodes, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process, smallLab } from "./small-lab.js";

const lab = smallLab(...exchange, process("idle", "exec sleep 1000"), {
  qdiscs: [
    ["r0", "eth0", 10_000_000, 20_000, "-", "-"],
    ["r1", "eth0", "-", "-", "-", 33],
  ],
  addresses: [
    ["r1", "lo", "192.0.2.1/32"],
    ["r1", "lo", "::1:2/128"],
    ["r1", "lo", "::ffff:192.0.2.9/128"],
  ],
});

interface Drift {
  readonly node: string | null;
  readonly interface: string | null;
  readonly process: string | null;
  readonly what: string;
  readonly wanted: string;
  readonly actual: string | null;
  readonly text: string;
}

/** What the JSON says, as `node:interface what wanted actual`, and that the words for people are the same. */
function drifts(server: Phynode, bundle: string): readonly string[] {
  const [json, human] = [server.run(`sh ${bundle} status --json`), server.run(`sh ${bundle} status`)];
  const drift = JSON.parse(json.stdout).drift as readonly Drift[];
  expect([json.code, human.code]).toEqual(drift.length === 0 ? [0, 0] : [1, 1]);
  const off = drift.length === 1 ? "1 thing is off" : `${drift.length} things are off`;
  expect(human.stdout.split("\n")[0]).toContain(drift.length === 0 ? "; all as it should be" : `; ${off}`);
  for (const one of drift) expect(human.stdout).toContain(one.text);
  return drift.map((one) =>
    [`${one.node}:${one.interface ?? one.process}`, one.what, one.wanted, one.actual].join(" "),
  );
}

describe.skipIf(!isRoot)("status tells what differs from what is wanted", () => {
  let server: Phynode;
  let bundle: string;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`sh ${bundle} down`);
  });

  const up = (): void => {
    bundle = writeBundle(server.folder, lab);
    expect(server.run(`sh ${bundle} up`)).toMatchObject({ code: 0, stderr: expect.stringContaining("up: ") });
  };
  const inNode = (name: string, command: string): Outcome =>
    server.run(`nsenter --net=/run/netns/${name} ${command}`);

  test("nothing of a lab that was left alone, nor of what a routing daemon adds", () => {
    up();
    inNode("r0", "ip addr add 203.0.113.1/32 dev lo");
    inNode("r0", "ip route add 192.0.2.0/24 via 10.0.0.2");
    inNode("r0", "ip link add name own type bridge");
    expect(drifts(server, bundle)).toEqual([]);
  });

  test("processes that were stopped, or never started, are as they should be", () => {
    bundle = writeBundle(server.folder, lab);
    const asWanted = (started: boolean, state: string): void => {
      expect(drifts(server, bundle)).toEqual([]);
      const status = JSON.parse(server.run(`sh ${bundle} status --json`).stdout);
      expect(status).toMatchObject({ started, processes: [{ name: "idle", state }] });
    };
    server.run(`sh ${bundle} up --no-start`);
    asWanted(false, "stopped");
    server.run(`sh ${bundle} start`);
    asWanted(true, "running");
    server.run(`sh ${bundle} stop`);
    asWanted(false, "stopped");
  });

  test("what was done to interfaces by hand, each in its own words", () => {
    up();
    const steps: readonly (readonly [string, string, string, readonly string[]])[] = [
      ["r1", "ip link set dev eth0 mtu 1300", "ip link set dev eth0 mtu 1400", ["r1:eth0 mtu 1400 1300"]],
      [
        "r0",
        "ip link set dev eth0 address 02:00:00:00:00:99",
        "ip link set dev eth0 address 02:00:00:00:00:01",
        ["r0:eth0 mac 02:00:00:00:00:01 02:00:00:00:00:99"],
      ],
      [
        "r1",
        "ip addr del 192.0.2.1/32 dev lo",
        "ip addr add 192.0.2.1/32 dev lo",
        ["r1:lo address 192.0.2.1/32 "],
      ],
      [
        "r0",
        "ip addr del 2001:db8::1/64 dev eth0",
        "ip addr add 2001:db8::1/64 dev eth0",
        ["r0:eth0 address 2001:db8::1/64 "],
      ],
      ["ix", "ip link set dev p0 nomaster", "ip link set dev p0 master br0", ["ix:p0 master br0 "]],
      ["ix", "ip link set dev br0 down", "ip link set dev br0 up", ["ix:br0 state up down"]],
      [
        "r0",
        "tc qdisc del dev eth0 root",
        "tc qdisc replace dev eth0 root handle 2: tbf rate 10mbit burst 20000 limit 1434000",
        ["r0:eth0 qdisc tbf 10mbit burst 20000 limit 1434000 none"],
      ],
      [
        "r0",
        "tc qdisc replace dev eth0 root handle 2: tbf rate 5mbit burst 20000 limit 1434000",
        "tc qdisc replace dev eth0 root handle 2: tbf rate 10mbit burst 20000 limit 1434000",
        ["r0:eth0 qdisc tbf 10mbit burst 20000 limit 1434000 tbf 5mbit burst 20000 limit 1434000"],
      ],
      [
        "r1",
        "tc qdisc replace dev eth0 root pfifo limit 44",
        "tc qdisc replace dev eth0 root pfifo limit 33",
        ["r1:eth0 qdisc pfifo limit 33 pfifo limit 44"],
      ],
      [
        "r1",
        "tc qdisc add dev eth1 root pfifo limit 9",
        "tc qdisc del dev eth1 root",
        ["r1:eth1 qdisc none pfifo limit 9"],
      ],
    ];
    for (const [name, harm, mend, expected] of steps) {
      expect(inNode(name, harm)).toMatchObject({ code: 0, stderr: "" });
      expect(drifts(server, bundle)).toEqual(expected);
      expect(inNode(name, mend)).toMatchObject({ code: 0, stderr: "" });
    }
    expect(drifts(server, bundle)).toEqual([]);
  });

  test("an end that is set down is one thing, although its other end has no carrier then", () => {
    up();
    inNode("r1", "ip link set dev eth0 down");
    expect(drifts(server, bundle).filter((line) => !line.includes(" address "))).toEqual([
      "r1:eth0 state up down",
    ]);
    const links = JSON.parse(server.run(`sh ${bundle} status --json`).stdout).links;
    expect(links).toEqual(
      expect.arrayContaining([
        { link: "r0:eth0-r1:eth0", node: "r0", netns: "r0", interface: "eth0", state: "down" },
        { link: "r0:eth0-r1:eth0", node: "r1", netns: "r1", interface: "eth0", state: "down" },
      ]),
    );
  });

  test("a deleted interface, one made anew, a lost and a replaced namespace, a process that died", () => {
    up();
    inNode("r0", "ip link del dev eth0");
    expect(drifts(server, bundle)).toEqual(["r0:eth0 interface present ", "r1:eth0 interface present "]);
    server.run(
      "ip link add name eth0 netns r0 index 77 address 02:00:00:00:00:01 mtu 1400 type veth peer name eth0 netns r1 index 2 address 02:00:00:00:00:02 mtu 1400",
    );
    inNode("r1", "ip link set dev eth0 up");
    inNode("r0", "ip link set dev eth0 up");
    expect(drifts(server, bundle)).toEqual(
      expect.arrayContaining([
        "r0:eth0 index 2 77",
        "r0:eth0 qdisc tbf 10mbit burst 20000 limit 1434000 none",
      ]),
    );
    server.run("ip netns del ix; ip netns del r1; ip netns add r1; kill -KILL $(pgrep -x -f 'sleep 1000')");
    server.run("sleep 0.5");
    const lines = drifts(server, bundle);
    expect(lines.filter((line) => !line.startsWith("r0:"))).toEqual([
      "ix:null namespace ix ",
      expect.stringMatching(/^r1:null namespace \d+ \d+$/),
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        "r0:eth0 interface present ",
        "r0:eth1 interface present ",
        "r0:idle process running exited 137",
      ]),
    );
    const human = server.run(`sh ${bundle} status`).stdout;
    expect(human).toContain("is gone, with the namespace of its other end, ix:p0");
    expect(human).toContain("the namespace r1 was deleted and made anew");
    const nodes = JSON.parse(server.run(`sh ${bundle} status --json`).stdout).nodes;
    expect(nodes).toMatchObject([{ state: "missing" }, { state: "up" }, { state: "replaced" }]);
    server.run("ip netns del r1");
  });

  test("why a lab is not up is said in words and in JSON", () => {
    up();
    const notUp = (): readonly unknown[] => {
      const status = server.run(`sh ${bundle} status --json`);
      const { state, why } = JSON.parse(status.stdout);
      return [status.code, state, why, status.stderr.split("\n")[0]];
    };
    const journal = "/var/lib/dune/small/journal";
    server.run(`cp ${journal} /srv/journal; sed -i '/^up/d' ${journal}`);
    expect(notUp()).toEqual([1, "not up", "interrupted", expect.stringContaining("half up")]);
    server.run(`sed -i 's/^boot.*/boot\\told\\t./' ${journal}`);
    expect(notUp()).toEqual([1, "not up", "rebooted", expect.stringContaining("restarted")]);
    server.run(`cp /srv/journal ${journal}; sed -i 's/^phynode.*/phynode\\tother\\t./' ${journal}`);
    expect(notUp()).toEqual([2, "not up", "other phynode", expect.stringContaining("carries phynode other")]);
    server.run(`mv /srv/journal ${journal}; sh ${bundle} down`);
    expect(notUp()).toEqual([1, "not up", "down", expect.stringContaining("is not up")]);
  });
});

describe.skipIf(!isRoot)("status of a lab with tunnels", () => {
  let first: Phynode;
  let second: Phynode;
  let bundle: string;
  beforeAll(() => {
    first = startPhynode();
    second = startPhynode();
  });
  afterAll(() => {
    first.stop();
    second.stop();
  });

  const up = (): void => {
    joinPhynodes(first, second, 1500);
    bundle = writeBundle(first.folder, {
      lab: "far",
      phynode: "server1",
      keys: { address: "198.51.100.1" },
      tables: [
        node("r1"),
        {
          tunnels: [
            [
              "r1",
              "eth0",
              2,
              "02:00:00:00:00:01",
              1450,
              77,
              "198.51.100.1",
              "198.51.100.2",
              "r1:eth0-r2:eth0",
            ],
          ],
          interfaces: [["r1", "eth0", "-"]],
        },
      ],
    });
    expect(first.run(`sh ${bundle} up`)).toMatchObject({ code: 0, stderr: expect.stringContaining("up: ") });
    expect(drifts(first, bundle)).toEqual([]);
  };

  test("the underlay is down, has lost its address, its MTU, its other end", () => {
    up();
    first.run("ip link set dev und mtu 1490");
    expect(drifts(first, bundle)).toEqual(["null:und underlay MTU 1500 MTU 1490"]);
    first.run("ip link set dev und mtu 1500; ip link set dev und down");
    expect(drifts(first, bundle)).toEqual(["null:und underlay up down"]);
    first.run("ip link set dev und up; ip addr del 198.51.100.1/24 dev und");
    expect(drifts(first, bundle)).toEqual(["null:null underlay 198.51.100.1 "]);
    first.run("ip addr add 198.51.100.1/24 dev und");
    second.run("ip link set dev und down");
    expect(drifts(first, bundle)).toEqual(["null:und underlay up no carrier"]);
    second.run("ip link set dev und up");
    first.run("until ip link show und | grep -q 'state UP'; do sleep 0.02; done");
    expect(drifts(first, bundle)).toEqual([]);
    expect(first.run(`sh ${bundle} down`).code).toBe(0);
    first.run("ip link del und");
  });

  test("the underlay has gone, and the tunnels with it", () => {
    up();
    first.run("nsenter --net=/run/netns/r1 ip link del dev eth0");
    expect(drifts(first, bundle)).toEqual(["r1:eth0 interface present "]);
    expect(first.run(`sh ${bundle} status`).stdout).toMatch(/r1:eth0 +the tunnel is gone\n/);
    first.run(`sh ${bundle} down; sh ${bundle} up; ip link del und`);
    expect(drifts(first, bundle)).toEqual(["null:und underlay present ", "r1:eth0 interface present "]);
    expect(first.run(`sh ${bundle} status`).stdout).toMatch(
      /server +the underlay und is gone\n +r1:eth0 +the tunnel is gone; the underlay und is, too\n/,
    );
    expect(first.run(`sh ${bundle} down`).code).toBe(0);
  });
});
