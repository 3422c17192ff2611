import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Far, farLab } from "./far-lab.js";
import { labState } from "./lab-state.js";
import { type HandMadeLab, node, sha256, writeBundle } from "./payload.js";
import { isRoot, joinPhynodes, type Outcome, type Phynode, startPhynode } from "./phynode.js";

/** The tunnel's end of that server, and a node without links. */
function half(side: 1 | 2, far: Far = {}): HandMadeLab {
  const lab = farLab(side, { mtu: 1400, rate: 8_000_000, ...far });
  return {
    ...lab,
    keys: { ...lab.keys, version: sha256(JSON.stringify(lab)) },
    tables: [...lab.tables, node("idle")],
  };
}

const mark = "ip -n r1 addr add 203.0.113.1/32 dev eth0";
const isMarked = "ip -n r1 addr show dev eth0 | grep -q 203.0.113.1";

describe.skipIf(!isRoot)("apply changes a link between servers", () => {
  let first: Phynode;
  let second: Phynode;
  beforeAll(() => {
    first = startPhynode();
    second = startPhynode();
    joinPhynodes(first, second, 1500);
    first.run(`sh ${writeBundle(first.folder, half(1))} up`);
    second.run(`sh ${writeBundle(second.folder, half(2))} up`);
  });
  afterAll(() => {
    first.stop();
    second.stop();
  });

  const apply = (to: Far): Outcome => {
    const outcome = first.run(`sh ${writeBundle(first.folder, half(1, to))} apply`);
    expect(outcome).toMatchObject({ code: 0 });
    return outcome;
  };
  const isAsNew = (to: Far): void => {
    const live = labState(first);
    const bundle = writeBundle(first.folder, half(1, to));
    expect(first.run(`sh ${bundle} status`)).toMatchObject({ code: 0 });
    first.run(`sh ${bundle} down; sh ${bundle} up`);
    expect(live).toEqual(labState(first));
  };

  test("its MTU and its rate in place, and then its packets are as large", () => {
    first.run(mark);
    for (const to of [{ mtu: 1300, rate: 9_000_000 }, { mtu: 1450 }]) {
      const { stderr } = apply(to);
      expect(stderr).toContain("1 link changed");
      expect(stderr).not.toContain("the server at");
      expect(first.run(isMarked).code).toBe(0);
    }
    second.run(`sh ${writeBundle(second.folder, half(2, { mtu: 1450 }))} apply`);
    const ping = "ip netns exec r1 ping -q -c 2 -i 0.1 -W 2 -M do -s 1402 2001:db8::2";
    expect(first.run(ping).stdout).toContain("2 received");
    first.run("ip -n r1 addr del 203.0.113.1/32 dev eth0");
    isAsNew({ mtu: 1450 });
  });

  test("an MTU that the underlay cannot carry is refused before anything is touched", () => {
    const refused = first.run(`sh ${writeBundle(first.folder, half(1, { mtu: 1499 }))} apply`);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("the underlay und has MTU 1500, tunnels to 198.51.100.2 need 1549");
    expect(first.run(`sh ${writeBundle(first.folder, half(1, { mtu: 1450 }))} status`).code).toBe(0);
  });

  test("with another number, port or device it is made anew, and the other server is named", () => {
    for (const to of [{ vni: 78 }, { vni: 78, port: "4790" }]) {
      first.run(mark);
      expect(apply(to).stderr).toContain(
        "apply the bundle of the server at 198.51.100.2, too, if it is not there yet: without it these links may carry nothing: r1:eth0-r2:eth0",
      );
      expect(first.run(isMarked).code).not.toBe(0);
    }
    second.run(`sh ${writeBundle(second.folder, half(2, { vni: 78, port: "4790" }))} apply`);
    expect(first.run("ip netns exec r1 ping -q -c 2 -i 0.1 -W 2 2001:db8::2").stdout).toContain("2 received");
    first.run("ip link set dev und down; ip link set dev und name dnu; ip link set dev dnu up");
    first.run(mark);
    apply({ vni: 78, port: "4790", rate: 9_000_000 });
    expect(first.run(isMarked).code).not.toBe(0);
    isAsNew({ vni: 78, port: "4790", rate: 9_000_000 });
  });

  test("a namespace that goes frees the numbers of its tunnels for the one that comes", () => {
    apply({ vni: 79, port: "4790", at: "n" });
    isAsNew({ vni: 79, port: "4790", at: "n" });
  });

  test("by hand made with another number, it is off, and made good", () => {
    const bundle = writeBundle(first.folder, half(1, { vni: 79, port: "4790", at: "n" }));
    const right = labState(first);
    first.run(`ip -n n1 link del dev eth0
      ip link add name eth0 index 2 address 02:00:00:00:00:01 mtu 1400 numtxqueues 1 numrxqueues 1 netns n1 type vxlan id 80 \
        dev dnu local 198.51.100.1 remote 198.51.100.2 dstport 4790 nolearning
      ip -n n1 link set dev eth0 up`);
    expect(first.run(`sh ${bundle} status`).stdout).toContain(
      "the tunnel is 80 198.51.100.1 198.51.100.2 4790 dnu, wanted 79 198.51.100.1 198.51.100.2 4790 dnu",
    );
    expect(first.run(`sh ${bundle} apply`)).toMatchObject({ code: 0 });
    expect(labState(first)).toEqual(right);
    expect(first.run(`sh ${bundle} apply`).stderr).toContain("nothing to do");
  });
});
