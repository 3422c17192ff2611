import { formatDuration } from "../values/duration.js";
import { formatPercent } from "../values/percent.js";
import { formatRate } from "../values/rate.js";
import { compareScalars, compareTables } from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import type { Finding, RemadeLink, Takes } from "./finding.js";
import type { ManifestLink } from "./manifest.js";
import { isKept, type Kept, type ManifestPair } from "./manifest-pair.js";
import { endMadeAnew, leastIpv6Mtu, linkMadeAnew } from "./remade-links.js";

type End = ManifestLink["endpoints"][number];
type EndWriter = (end: End) => string | undefined;

/** In the order and in the words of the language. */
const shaping: Readonly<Record<string, EndWriter>> = {
  bw: ({ rateBitsPerSecond }) => formatted(rateBitsPerSecond, formatRate),
  latency: ({ latencyNs }) => formatted(latencyNs, formatDuration),
  jitter: ({ jitterNs }) => formatted(jitterNs, formatDuration),
  loss: ({ loss }) => formatted(loss, formatPercent),
  duplicate: ({ duplicate }) => formatted(duplicate, formatPercent),
  corrupt: ({ corrupt }) => formatted(corrupt, formatPercent),
  reorder: ({ reorder }) => formatted(reorder, formatPercent),
  queue: ({ queue }) => formatted(queue, String),
};

export function compareLinks(pair: ManifestPair): readonly Finding[] {
  return [...pair.links].flatMap(([id, link]): readonly Finding[] => {
    const side = (link.after ?? link.before) as ManifestLink;
    const entity = { kind: "link", name: side.name, subject: { link: id } } as const;
    if (!isKept(link)) {
      const change = link.before === undefined ? "added" : "removed";
      const touched = side.endpoints.map(({ node }) => node);
      return [{ ...entity, change, values: [], takes: { live: true, touched } }];
    }
    const kept = inOneOrder(link);
    const shaped = shapingValues(kept);
    const identities = identityValues(kept, pair);
    const values = [...wholeValues(kept), ...shaped, ...identities, ...idleValues(kept)];
    if (values.length === 0) return [];
    return [{ ...entity, change: "changed", values, takes: takesOf(kept, shaped.length > 0, pair) }];
  });
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
  return Object.entries(shaping).flatMap(([name, write]) => endValues(link, name, write));
}

/** What makes an interface another one. */
function identityValues(link: Kept<ManifestLink>, pair: ManifestPair): readonly ValueChange[] {
  return [
    ...endValues(link, "mac", ({ mac }) => mac),
    ...ends(link).flatMap(({ text, ...end }) => compareScalars([`${text} ifindex`], ...ifindexes(end, pair))),
  ];
}

/** What nothing on a server knows of. */
function idleValues(link: Kept<ManifestLink>): readonly ValueChange[] {
  const { before, after } = link;
  return [
    ...endValues(link, "metric", ({ metric }) => String(metric)),
    ...compareTables([], before.extensions, after.extensions),
  ];
}

/** Once where both ends had one value and have one, else by end. */
function endValues(link: Kept<ManifestLink>, name: string, write: EndWriter): readonly ValueChange[] {
  const [a, b] = ends(link).map(({ text, before, after }) => ({
    text,
    before: write(before),
    after: write(after),
  })) as [WrittenEnd, WrittenEnd];
  if (a.before === b.before && a.after === b.after) return compareScalars([name, [name]], a.before, a.after);
  return [a, b].flatMap(({ text, before, after }) =>
    compareScalars([`${text} ${name}`, [text, name]], before, after),
  );
}

interface WrittenEnd {
  readonly text: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
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
  return { live: isShaped || before.mtu !== after.mtu, remadeLinks };
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

function formatted(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}
