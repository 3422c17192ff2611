import { formatDuration } from "../values/duration.js";
import { formatPercent } from "../values/percent.js";
import { formatRate } from "../values/rate.js";
import { compareScalars, compareTables } from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import type { Finding, RemadeLink, Takes } from "./finding.js";
import { isOtherBridge } from "./is-other-bridge.js";
import { isSame } from "./is-same.js";
import type { ManifestLink } from "./manifest.js";
import { isKept, type Kept, type ManifestPair } from "./manifest-pair.js";
import { endMadeAnew, leastIpv6Mtu, linkMadeAnew } from "./remade-links.js";

type End = ManifestLink["endpoints"][number];
type Value = string | number | undefined;

/** What is asked of a direction, in the order and in the words of the language. */
const shaping: readonly (readonly [word: string, key: keyof End, format: (value: number) => string])[] = [
  ["bw", "rateBitsPerSecond", formatRate],
  ["latency", "latencyNs", formatDuration],
  ["jitter", "jitterNs", formatDuration],
  ["loss", "loss", formatPercent],
  ["duplicate", "duplicate", formatPercent],
  ["corrupt", "corrupt", formatPercent],
  ["reorder", "reorder", formatPercent],
  ["queue", "queue", String],
];

export function compareLinks(pair: ManifestPair): readonly Finding[] {
  return [...pair.links].flatMap(([id, link]): readonly Finding[] => {
    const side = (link.after ?? link.before) as ManifestLink;
    const entity = { kind: "link", name: side.name, subject: { link: id } } as const;
    if (!isKept(link)) {
      const change = link.before === undefined ? "added" : "removed";
      const touched = side.endpoints.map(({ node }) => node);
      const takes = { live: true, touched, remadeNodes: otherBridges(side, pair) };
      return [{ ...entity, change, values: [], takes }];
    }
    if (isUntouched(link, pair)) return [];
    const kept = inOneOrder(link);
    const shaped = shapingValues(kept);
    const identities = identityValues(kept, pair);
    const values = [...wholeValues(kept), ...shaped, ...identities, ...idleValues(kept)];
    if (values.length === 0) return [];
    return [{ ...entity, change: "changed", values, takes: takesOf(kept, shaped.length > 0, pair) }];
  });
}

/** Most are, in a large lab. An ifindex is the node's. */
function isUntouched({ before, after }: Kept<ManifestLink>, { differing }: ManifestPair): boolean {
  const hasSameIfindexes = after.endpoints.every(({ node }) => {
    const own = differing.get(node);
    return isSame(own?.before.interfaces, own?.after.interfaces);
  });
  return hasSameIfindexes && isSame(before, after);
}

/** Which end was written first says nothing. */
function inOneOrder({ before, after }: Kept<ManifestLink>): Kept<ManifestLink> {
  const [a, b] = before.endpoints;
  if (endText(a) === endText(after.endpoints[0])) return { before, after };
  return { before: { ...before, endpoints: [b, a] }, after };
}

function wholeValues({ before, after }: Kept<ManifestLink>): readonly ValueChange[] {
  return [
    ...compareScalars(["kind"], before.kind, after.kind),
    ...(before.kind === after.kind ? compareScalars(["vni"], before.vni, after.vni) : []),
    ...compareScalars(["mtu", ["mtu"]], before.mtu, after.mtu),
  ];
}

function shapingValues(link: Kept<ManifestLink>): readonly ValueChange[] {
  return shaping.flatMap(([word, key, format]) =>
    endValues(link, word, key, (value) => format(value as number)),
  );
}

/** What makes an interface another one. */
function identityValues(link: Kept<ManifestLink>, pair: ManifestPair): readonly ValueChange[] {
  return [
    ...endValues(link, "mac", "mac"),
    ...ends(link).flatMap(({ text, ...end }) => compareScalars([`${text} ifindex`], ...ifindexes(end, pair))),
  ];
}

/** What nothing on a server knows of. */
function idleValues(link: Kept<ManifestLink>): readonly ValueChange[] {
  const { before, after } = link;
  return [...endValues(link, "metric", "metric"), ...compareTables([], before.extensions, after.extensions)];
}

/** Once where both ends had one value and have one, else by end. */
function endValues(
  link: Kept<ManifestLink>,
  word: string,
  key: keyof End,
  format: (value: NonNullable<Value>) => string = String,
): readonly ValueChange[] {
  const [oldA, oldB] = link.before.endpoints.map((end) => end[key]);
  const [ownA, ownB] = link.after.endpoints.map((end) => end[key]);
  if (oldA === ownA && oldB === ownB) return [];
  const [a, b] = ends(link);
  if (oldA === oldB && ownA === ownB) return compareScalars([word, [word]], oldA, ownA, format);
  return [
    ...compareScalars([`${a.text} ${word}`, [a.text, word]], oldA, ownA, format),
    ...compareScalars([`${b.text} ${word}`, [b.text, word]], oldB, ownB, format),
  ];
}

interface KeptEnd extends Kept<End> {
  readonly text: string;
}

function ends({ before, after }: Kept<ManifestLink>): readonly [KeptEnd, KeptEnd] {
  const end = (side: 0 | 1) => ({
    text: endText(after.endpoints[side]),
    before: before.endpoints[side],
    after: after.endpoints[side],
  });
  return [end(0), end(1)];
}

function ifindexes(
  { before, after }: Kept<End>,
  { nodes }: ManifestPair,
): readonly [number | undefined, number | undefined] {
  const node = nodes.get(after.node);
  if (!isKept(node)) return [undefined, undefined];
  const of = (side: "before" | "after", { interface: device }: End) =>
    node[side].interfaces.find(({ name }) => name === device)?.ifindex;
  return [of("before", before), of("after", after)];
}

function takesOf(link: Kept<ManifestLink>, isShaped: boolean, pair: ManifestPair): Takes {
  const { before, after } = link;
  const isOther = before.kind !== after.kind || before.vni !== after.vni;
  const hasOtherIpv6 = before.mtu < leastIpv6Mtu !== after.mtu < leastIpv6Mtu;
  const remadeLinks = isOther || hasOtherIpv6 ? [linkMadeAnew(link)] : otherEnds(link, pair);
  const isResized = before.mtu !== after.mtu;
  return {
    live: isShaped || isResized,
    remadeLinks,
    remadeNodes: isResized ? otherBridges(after, pair) : [],
  };
}

/** The bridges at its ends that must be made anew. */
function otherBridges({ endpoints }: ManifestLink, pair: ManifestPair): readonly string[] {
  const names = endpoints.map(({ node }) => node);
  return names.filter((name) => {
    const node = pair.nodes.get(name);
    return isKept(node) && isOtherBridge(node, pair);
  });
}

function otherEnds(link: Kept<ManifestLink>, pair: ManifestPair): readonly RemadeLink[] {
  return ends(link)
    .filter((end) => {
      const [old, own] = ifindexes(end, pair);
      return end.before.mac !== end.after.mac || old !== own;
    })
    .map((end) => endMadeAnew(link, end.after.node));
}

function endText(end: End): string {
  return `${end.node}:${end.interface}`;
}
