import { type ChangeKind, compareManifests } from "@dune/core";
import { mustCompile } from "@dune/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { baseBuild, baseFiles, baseLab, build, type Table } from "./compared-lab.js";

interface Mutation {
  readonly kind: ChangeKind;
  readonly name: string;
  apply(lab: Table, files: Record<string, string>): void;
}

const processes = { r0: ["bird", "watch", "idle"], r1: ["ping"], r2: ["far"] };
const links = ["r0:eth0-r1:eth0", "r1:eth1-r2:eth0", "r0:eth2-sw:eth0", "r1:eth2-sw:eth1"];
const number = fc.integer({ min: 11, max: 999 });

/** A change of one place, and what must be told of it. */
const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc
    .record({
      index: fc.nat(links.length - 1),
      value: number,
      key: fc.constantFrom("latency", "jitter", "loss", "bw", "queue", "metric", "mtu"),
    })
    .map(({ index, key, value }) => ({
      kind: "link" as const,
      name: links[index] as string,
      apply: (lab: Table) => {
        lab.topology.links[index][key] = written(key, value);
        if (key === "jitter") lab.topology.links[index].latency = "1s";
      },
    })),
  fc
    .record({
      process: fc.constantFrom(
        ...Object.entries(processes).flatMap(([node, own]) => own.map((name) => [node, name] as const)),
      ),
      key: fc.constantFrom("cmd", "ready", "down", "reload", "environ", "post_up", "pre_down"),
      value: number,
    })
    .map(({ process: [node, name], key, value }) => ({
      kind: "process" as const,
      name: `${node}/${name}`,
      apply: (lab: Table) => {
        const process = lab.topology.nodes[node].pinned.find((each: Table) => each.name === name);
        const text = `run ${value}`;
        process[key] = key === "environ" ? { NEW: text } : /_/.test(key) ? [text] : text;
      },
    })),
  fc
    .record({
      node: fc.constantFrom("r0", "r1", "r2"),
      key: fc.constantFrom("exec", "results", "private", "data", "sysctls", "addrs", "exec_timeout"),
      value: number,
    })
    .map(({ node, key, value }) => ({
      kind: "node" as const,
      name: node,
      apply: (lab: Table) => {
        lab.topology.nodes[node][key] = nodeValue(key, value);
      },
    })),
  number.map((value) => ({
    kind: "node" as const,
    name: "r9",
    apply: (lab: Table) => {
      lab.topology.nodes.r9 = { pinned: [{ name: "x", cmd: `run ${value}` }] };
    },
  })),
  fc.constantFrom("r2", "sw").map((node) => ({
    kind: "node" as const,
    name: node,
    apply: (lab: Table) => {
      delete lab.topology.nodes[node];
      lab.topology.links = lab.topology.links.filter(
        ({ endpoints }: Table) => !endpoints.some((end: string) => end.startsWith(`${node}:`)),
      );
    },
  })),
  number.map((value) => ({
    kind: "file" as const,
    name: "r0:/etc/lab/bird.conf",
    apply: (_: Table, files: Record<string, string>) => {
      files["bird.conf"] = `router id ${value};\n`;
    },
  })),
);

function written(key: string, value: number): unknown {
  if (key === "latency" || key === "jitter") return `${value}us`;
  if (key === "loss") return `0.${value}%`;
  if (key === "bw") return `${value}kbit`;
  return key === "mtu" ? 300 + value : value;
}

function nodeValue(key: string, value: number): unknown {
  if (key === "sysctls") return { "net.ipv6.conf.all.hop_limit": String(value) };
  if (key === "addrs") return { lo: [`2001:db8::${value}/128`] };
  if (key === "data") return { own: value };
  if (key === "exec_timeout") return `${value}s`;
  return [`/srv/${value}`];
}

test("a change of one place is found, and is taken back by the way back", async () => {
  const before = await baseBuild();
  await fc.assert(
    fc.asyncProperty(mutations, async ({ kind, name, apply }) => {
      const lab = baseLab();
      const files = { ...baseFiles };
      apply(lab, files);
      const after = await build(lab, files, before);
      const there = compareManifests(before.manifest, after.manifest);
      const back = compareManifests(after.manifest, before.manifest);
      expect(there.changes.map((change) => `${change.kind} ${change.name}`)).toContain(`${kind} ${name}`);
      expect(back.effect.starts).toEqual(there.effect.stops);
      expect(back.effect.stops).toEqual(there.effect.starts);
      const mirrored = { added: "removed", removed: "added", moved: "moved", changed: "changed" };
      expect(back.changes.map((change) => `${change.kind} ${change.name} ${change.change}`)).toEqual(
        there.changes.map((change) => `${change.kind} ${change.name} ${mirrored[change.change]}`),
      );
      expect(compareManifests(after.manifest, after.manifest).changes).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("one topology in another order, and with comments, is no other", async () => {
  const { manifest } = await baseBuild();
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const { artifact } = await mustCompile(shuffledText(baseLab(), seed), { files: baseFiles });
      expect(compareManifests(manifest, JSON.parse(artifact("manifest.json")))).toMatchObject({
        changes: [],
        effect: { live: false },
      });
    }),
    { numRuns: 40 },
  );
});

test("the order of a node's processes in a manifest says nothing", async () => {
  const { manifest } = await baseBuild();
  const other = structuredClone(manifest);
  for (const { processes: own, files } of other.nodes) {
    own.reverse();
    files.reverse();
  }
  expect(compareManifests(manifest, other).changes).toEqual([]);
});

/** Keys, links and the ends of links stand in another order. The order of lists means something, but for these. */
function shuffledText(lab: Table, seed: number): string {
  let state = seed;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state;
  };
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, rank: next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  const inline = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const entries = shuffled(Object.entries(value)).map(
      ([key, own]) => `${JSON.stringify(key)} = ${inline(own)}`,
    );
    return `{ ${entries.join(", ")} }`;
  };
  const { links: own, nodes } = lab.topology;
  const ends = shuffled(own as Table[]).map((link) => ({ ...link, endpoints: shuffled(link.endpoints) }));
  const sections = shuffled([
    ...shuffled(Object.entries(nodes)).map(
      ([name, node]) =>
        `[topology.nodes.${name}] # a node\n${shuffled(Object.entries(node as Table))
          .map(([key, value]) => `${key} = ${inline(value)}`)
          .join("\n")}`,
    ),
    `[topology]\nlinks = ${inline(ends)}`,
    `[infrastructure]\nnodes = ${inline(lab.infrastructure.nodes)}`,
    `[params]\nrate = "${lab.params.rate}"`,
  ]);
  return [`name = "${lab.name}" # ${seed}`, ...sections].join("\n\n");
}
