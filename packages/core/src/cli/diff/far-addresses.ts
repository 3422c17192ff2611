import { byKindAndName, type Change, type Comparison } from "../../manifest/comparison.js";
import { togetherOf } from "../../manifest/effect.js";
import type { Manifest } from "../../manifest/manifest.js";

/** Underlay addresses of the servers at the far ends of a phynode's tunnels, by link id. */
export type FarAddresses = ReadonlyMap<string, string>;

/** Of a whole manifest, as that phynode's bundle has them. */
export function farAddressesIn({ nodes, links, phynodes }: Manifest, phynode: string): FarAddresses {
  const placeOf = new Map(nodes.map((node) => [node.name, node.phynode]));
  const addressOf = new Map(phynodes.map(({ name, address }) => [name, address]));
  return new Map(
    links.flatMap(({ id, kind, endpoints }) => {
      const places = endpoints.map(({ node }) => placeOf.get(node));
      const far = addressOf.get(places.find((place) => place !== phynode) ?? "");
      return kind === "vxlan" && places.includes(phynode) && far !== undefined ? [[id, far] as const] : [];
    }),
  );
}

/** Of a bundle's table `tunnels`: the last but one of its fields, by the last. */
export function farAddressesOf(table: string): FarAddresses {
  const rows = table.split("\n").filter((line) => line !== "");
  return new Map(rows.map((line) => line.split("\t").slice(-2).reverse() as [string, string]));
}

/** A slice's manifest says nothing of other servers, but an end of a tunnel is made anew where the far one has moved. */
export function withFarAddresses(
  comparison: Comparison,
  before: FarAddresses,
  after: FarAddresses,
  { nodes, links }: Manifest,
): Comparison {
  const own = new Set(nodes.map(({ name }) => name));
  const known = new Map(comparison.changes.map((change) => [change.subject.link, change]));
  const told = links.flatMap(({ id, name, endpoints }): readonly Change[] => {
    const [old, fresh] = [before.get(id), after.get(id)];
    if (old === undefined || fresh === undefined || old === fresh) return [];
    const value = { what: "far underlay address", before: old, after: fresh };
    const neighbours = endpoints.map(({ node }) => node).filter((node) => own.has(node));
    const change = known.get(id);
    const effect = { ...togetherOf([]), remadeLinks: [name], neighbours };
    return [
      {
        kind: "link",
        name,
        change: "changed",
        subject: { link: id },
        values: [...(change?.values ?? []), value],
        effect: togetherOf(change === undefined ? [effect] : [change.effect, effect]),
      },
    ];
  });
  const anew = new Set(told.map(({ subject }) => subject.link));
  const others = comparison.changes.filter(({ subject }) => !anew.has(subject.link));
  const changes = [...others, ...told].sort(byKindAndName);
  return { changes, effect: togetherOf([comparison.effect, ...told.map(({ effect }) => effect)]) };
}
