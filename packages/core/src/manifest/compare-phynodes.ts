import { sysctlName } from "../phases/2-resolve/sysctls.js";
import { formatRate } from "../values/rate.js";
import {
  compareLists,
  compareRecords,
  compareScalars,
  compareSets,
  compareTables,
} from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import { type Finding, type RemadeLink, type Takes, takesAll } from "./finding.js";
import type { ManifestPhynode } from "./manifest.js";
import { isKept, type Kept, keptOf, type ManifestPair } from "./manifest-pair.js";
import { sysctlTitle } from "./node-sysctls.js";
import { takesOfPrograms } from "./phynode-programs.js";
import { endMadeAnew, linkMadeAnew } from "./remade-links.js";
import { valueText } from "./value-text.js";

const staysNote = "what the setup commands that go have done stays";
/** Only the server knows which one its routes choose where the topology does not say. */
const deviceNote = "tunnels stay where the server's routes choose that interface anyway";

/** Servers; what nodes make of them is the nodes' change. */
export function comparePhynodes(pair: ManifestPair): readonly Finding[] {
  return [...pair.phynodes].flatMap(([name, phynode]): readonly Finding[] => {
    const entity = { kind: "phynode", name, subject: { phynode: name } } as const;
    if (!isKept(phynode)) {
      const side = (phynode.before ?? phynode.after) as ManifestPhynode;
      const change = phynode.before === undefined ? "added" : "removed";
      return [{ ...entity, change, values: [], takes: { live: hasOwnWork(side) } }];
    }
    const values = phynodeValues(phynode);
    if (values.length === 0) return [];
    const takes = takesOf(phynode, pair);
    const notes = notesOf(phynode, takes);
    const note = notes.length === 0 ? {} : { note: notes.join("; ") };
    return [{ ...entity, change: "changed", values, ...note, takes }];
  });
}

function notesOf({ before, after }: Kept<ManifestPhynode>, { remadeLinks = [] }: Takes): readonly string[] {
  const isChosen = before.interface === undefined || after.interface === undefined;
  const isPerhapsTheSame =
    isChosen && before.interface !== after.interface && before.address === after.address;
  return [
    ...(hasMoreSetup(after, before) ? [staysNote] : []),
    ...(isPerhapsTheSame && remadeLinks.length > 0 ? [deviceNote] : []),
  ];
}

function hasOwnWork({ setup, sysctls, files }: ManifestPhynode): boolean {
  return [setup.pre, setup.post, Object.keys(sysctls), files].some(({ length }) => length > 0);
}

function phynodeValues({ before, after }: Kept<ManifestPhynode>): readonly ValueChange[] {
  return [
    ...compareScalars(["cores", ["cores"]], valueText(before.cores), valueText(after.cores)),
    ...compareScalars(["address", ["address"]], before.address, after.address),
    ...compareScalars(["interface", ["interface"]], before.interface, after.interface),
    ...compareScalars(["mtu", ["mtu"]], before.mtu, after.mtu),
    ...compareScalars(["bw", ["bw"]], before.rateBitsPerSecond, after.rateBitsPerSecond, formatRate),
    ...compareScalars(["platform", ["platform"]], before.platform, after.platform),
    ...compareScalars(["ssh", ["ssh"]], before.ssh, after.ssh),
    ...compareSets(["tags", ["tags"]], before.tags, after.tags),
    ...compareScalars(["oversubscribe", ["oversubscribe"]], before.oversubscribe, after.oversubscribe),
    ...compareScalars(["limits.nodes", ["limits", "nodes"]], before.limits.nodes, after.limits.nodes),
    ...compareLists(["setup.pre", ["setup", "pre"]], before.setup.pre, after.setup.pre),
    ...compareLists(["setup.post", ["setup", "post"]], before.setup.post, after.setup.post),
    ...compareRecords(
      (path) => [sysctlTitle(path), ["sysctls", sysctlName(path)]],
      before.sysctls,
      after.sysctls,
    ),
    ...compareTables([], before.extensions, after.extensions),
  ];
}

function takesOf(phynode: Kept<ManifestPhynode>, pair: ManifestPair): Takes {
  const { before, after } = phynode;
  const live =
    hasMoreSetup(before, after) || compareRecords((path) => [path], before.sysctls, after.sysctls).length > 0;
  const programs = before.platform === after.platform ? {} : takesOfPrograms(phynode, pair);
  return takesAll([{ live, remadeLinks: tunnelsAnew(phynode, pair) }, programs]);
}

/** Whether the second has a command that the first has not, or not as often: each is run once for each time that it stands there. */
function hasMoreSetup(one: ManifestPhynode, other: ManifestPhynode): boolean {
  return (["pre", "post"] as const).some((when) => {
    const left = [...one.setup[when]];
    return other.setup[when].some((command) => {
      const index = left.indexOf(command);
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
  });
}

/** Both ends of a tunnel know an underlay address, but only the end there its device. */
function tunnelsAnew({ before, after }: Kept<ManifestPhynode>, pair: ManifestPair): readonly RemadeLink[] {
  const isOtherAddress = before.address !== after.address;
  if (!isOtherAddress && before.interface === after.interface) return [];
  return [...keptOf(pair.links)].flatMap(([, link]) => {
    if (link.before.kind !== "vxlan" || link.after.kind !== "vxlan") return [];
    const here = link.after.endpoints.find(({ node }) => {
      const placed = pair.nodes.get(node);
      return placed?.before?.phynode === after.name && placed.after?.phynode === after.name;
    });
    if (here === undefined) return [];
    return isOtherAddress ? linkMadeAnew(link) : endMadeAnew(link, here.node);
  });
}
