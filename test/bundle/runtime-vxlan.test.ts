import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { farLab } from "./far-lab.js";
import { node, writeBundle } from "./payload.js";
import { dump, isRoot, joinPhynodes, type Phynode, startPhynode } from "./phynode.js";

describe.skipIf(!isRoot)("a lab on two servers", () => {
  let first: Phynode;
  let second: Phynode;
  beforeAll(() => {
    first = startPhynode();
    second = startPhynode();
    joinPhynodes(first, second, 1500);
  });
  afterAll(() => {
    first.stop();
    second.stop();
  });

  test("carries whole packets over VXLAN, twice, and leaves nothing", () => {
    const [one, two] = [writeBundle(first.folder, farLab(1)), writeBundle(second.folder, farLab(2))];
    const before = [dump(first), dump(second)];
    for (let round = 0; round < 2; round++) {
      expect(first.run(`sh ${one} up`)).toMatchObject({ code: 0, stderr: expect.stringContaining("up") });
      expect(second.run(`sh ${two} up`)).toMatchObject({ code: 0, stderr: expect.stringContaining("up") });
      const ping = first.run(`sh ${one} exec r1 -- ping -q -c 2 -i 0.1 -W 2 -M do -s 1402 2001:db8::2`);
      expect(ping.stdout).toContain("2 received");
      const device = first.run(`sh ${one} exec r1 -- ip -d -j link show dev eth0`).stdout;
      expect(JSON.parse(device)).toMatchObject([
        {
          mtu: 1450,
          linkinfo: { info_data: { id: 77, local: "198.51.100.1", remote: "198.51.100.2", learning: false } },
        },
      ]);
      expect(first.run(`sh ${one} status`).code).toBe(0);
      expect(first.run(`sh ${one} down`).code).toBe(0);
      expect(second.run(`sh ${two} down`).code).toBe(0);
    }
    expect([dump(first), dump(second)]).toEqual(before);
  });

  test("refuses an underlay without the address, with too small an MTU, or with the port taken", () => {
    const before = dump(first);
    const wrongSide = first.run(`sh ${writeBundle(first.folder, farLab(2))} up`);
    expect(wrongSide.code).toBe(2);
    expect(wrongSide.stderr).toContain(
      "the underlay address 198.51.100.2 stands on no interface of this server",
    );
    const tooLarge = first.run(`sh ${writeBundle(first.folder, farLab(1, { mtu: 1500 }))} up`);
    expect(tooLarge.code).toBe(2);
    expect(tooLarge.stderr).toContain("the underlay und has MTU 1500, tunnels to 198.51.100.2 need 1550");
    expect(dump(first)).toBe(before);

    first.run(
      "ip link add other type vxlan id 5 dev und dstport 4789 external 2>/dev/null || ip link add other type vxlan dev und dstport 4789 external; ip link set other up",
    );
    const taken = first.run(`sh ${writeBundle(first.folder, farLab(1))} check`);
    expect(taken.code).toBe(2);
    expect(taken.stdout).toContain("UDP port 4789 cannot be used for VXLAN");
    first.run("ip link del other");
    expect(dump(first)).toBe(before);
  });

  test("refuses the second phynode of a lab, and another lab's tunnel number", () => {
    const one = writeBundle(first.folder, farLab(1));
    first.run(`sh ${one} up`);
    const two = writeBundle(first.folder, farLab(2));
    for (const command of ["up", "down", "status"]) {
      const refused = first.run(`sh ${two} ${command}`);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("this server carries phynode server1 of lab far");
    }
    const other = { ...farLab(1), lab: "near", tables: [{ ...farLab(1).tables[1], ...node("z1") }] };
    const tunnels = {
      tunnels: [["z1", "eth0", 2, "02:00:00:00:00:01", 1450, 77, "198.51.100.1", "198.51.100.2", "z:e-y:e"]],
    };
    const clash = writeBundle(second.folder, { ...other, tables: [node("z1"), tunnels] });
    const refused = first.run(`sh ${clash} up`);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("VXLAN number 77 (link z:e-y:e) belongs to lab far");
    expect(first.run(`sh ${one} status`).code).toBe(0);
    expect(first.run(`sh ${one} down`).code).toBe(0);
  });
});
