import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReporter } from "../../packages/core/dist/diagnostics/reporter.js";
import { cut } from "../../packages/core/dist/phases/3-allocate/cut.js";
import { linkWeights } from "../../packages/core/dist/phases/3-allocate/graph.js";
import { linkKinds } from "../../packages/core/dist/phases/3-allocate/link-kinds.js";
import { placeNodes } from "../../packages/core/dist/phases/3-allocate/place-nodes.js";
import { createProblem } from "../../packages/core/dist/phases/3-allocate/problem.js";
import { assignVnis } from "../../packages/core/dist/phases/3-allocate/vni.js";
import { type LinkSketch, makeTopology, type PhynodeSketch } from "./make-topology.js";

function hashed(lab: string, prefix: string, id: string) {
  const hash = createHash("sha256").update(`${lab}\n${prefix}\n${id}`).digest("hex");
  return 1 + (Number.parseInt(hash.slice(0, 8), 16) % (2 ** 24 - 1));
}

describe("VNIs", () => {
  test("are a hash of lab, prefix and link", () => {
    expect([...assignVnis("lab", "p-", ["a", "b"], {})]).toEqual([
      ["a", hashed("lab", "p-", "a")],
      ["b", hashed("lab", "p-", "b")],
    ]);
  });

  test("of the lock win, and what collides moves on", () => {
    const own = hashed("lab", "", "a");
    expect([...assignVnis("lab", "", ["a", "z"], { z: own })].sort()).toEqual([
      ["a", own + 1],
      ["z", own],
    ]);
    expect([...assignVnis("lab", "", ["y", "z"], { y: 5, z: 5 })]).toEqual([
      ["y", 5],
      ["z", hashed("lab", "", "z")],
    ]);
  });

  test("are unique and in range", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string()),
        fc.dictionary(fc.string(), fc.integer({ min: 1, max: 3 })),
        (ids, locked) => {
          const vnis = assignVnis("lab", "", [...ids].sort(), locked);
          expect(new Set(vnis.values()).size).toBe(ids.length);
          expect([...vnis.values()].every((vni) => vni >= 1 && vni < 2 ** 24)).toBe(true);
        },
      ),
    );
  });
});

describe("weights of links", () => {
  const weights = (links: readonly LinkSketch["rates"][]) => {
    const sketches = links.map((rates) => ({ ends: ["a", "b"] as const, ...(rates && { rates }) }));
    return [...linkWeights(makeTopology({ phynodes: {}, nodes: { a: {}, b: {} }, links: sketches }).links)];
  };

  test("are the larger direction's rate, the median where there is none, and 1 where no link has one", () => {
    expect(weights([[1, 2], [9, undefined], undefined, [4, 4]])).toEqual([2, 9, 4, 4]);
    expect(weights([undefined, undefined])).toEqual([1, 1]);
  });
});

describe("kinds of links", () => {
  const cores = [[1]];
  function kinds(phynodes: Readonly<Record<string, PhynodeSketch>>, links: readonly LinkSketch[]) {
    const nodes = { a: { phynode: ["s1"] }, b: { phynode: ["s2"] }, c: { phynode: ["s1"] } };
    const topology = makeTopology({ phynodes, nodes, links });
    const problem = createProblem(topology);
    const answer = cut.place(problem);
    if (answer.kind === "misfit") throw new Error("it must fit");
    const reporter = createReporter();
    const placed = linkKinds(topology, placeNodes(problem, answer), undefined, reporter);
    return { placed, diagnostics: reporter.diagnostics };
  }
  const crossing: LinkSketch = { ends: ["a", "b"] };

  test("a veth pair on one phynode, a VXLAN between two", () => {
    const phynodes = { s1: { cores, address: "192.0.2.1" }, s2: { cores, address: "192.0.2.2" } };
    const { placed, diagnostics } = kinds(phynodes, [crossing, { ends: ["a", "c"] }]);
    expect(diagnostics).toEqual([]);
    expect(
      placed.map((link) =>
        link.kind === "veth" ? link.phynode.name : link.phynodes.map(({ name }) => name),
      ),
    ).toEqual([["s1", "s2"], "s1"]);
    expect(placed[0]).toMatchObject({ vni: hashed("lab", "", "a:eth0|b:eth0") });
  });

  test("a phynode without an address is reported once", () => {
    const { diagnostics } = kinds({ s1: { cores, address: "192.0.2.1" }, s2: { cores } }, [
      crossing,
      crossing,
    ]);
    expect(diagnostics).toMatchObject([
      {
        code: "allocate/missing-address",
        message: 'phynode "s2" has no address, and link a:eth0-b:eth0 leaves it for another phynode',
        at: { path: ["infrastructure", "nodes", "s2"] },
        related: [{ at: { path: ["topology", "links", 0] } }],
        count: 1,
      },
    ]);
  });

  test("addresses of two families", () => {
    const phynodes = { s1: { cores, address: "2001:db8::1" }, s2: { cores, address: "192.0.2.2" } };
    expect(kinds(phynodes, [crossing, crossing]).diagnostics).toMatchObject([
      {
        code: "allocate/mixed-underlay",
        message:
          'link a:eth0-b:eth0 joins phynodes "s1" (IPv6) and "s2" (IPv4); a tunnel needs addresses of one family at both ends',
        count: 1,
      },
    ]);
  });

  test.each([
    ["IPv4", "192.0.2.", 1450, 50],
    ["IPv6", "2001:db8::", 1430, 70],
  ])("the overhead of VXLAN over %s", (_, network, largest, overhead) => {
    const phynodes = {
      s1: { cores, address: `${network}1`, mtu: 9000 },
      s2: { cores, address: `${network}2` },
    };
    expect(kinds(phynodes, [{ ...crossing, mtu: largest }]).diagnostics).toEqual([]);
    expect(kinds(phynodes, [{ ...crossing, mtu: largest + 1 }]).diagnostics).toMatchObject([
      {
        code: "allocate/mtu-too-large",
        message: `link a:eth0-b:eth0 has MTU ${largest + 1} and crosses phynodes: with ${overhead} bytes of VXLAN it needs 1501, but the underlay of "s2" carries 1500 (none is declared, so Ethernet's)`,
        hint: `lower the link's mtu to ${largest}, or declare infrastructure.nodes.s2.mtu = 1501 if the underlay really carries it`,
      },
    ]);
  });
});
