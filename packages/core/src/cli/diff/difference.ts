import { compareManifests } from "../../manifest/compare-manifests.js";
import { type Change, type ChangeKind, type Comparison, changeKinds } from "../../manifest/comparison.js";
import { sliceManifest } from "../../manifest/make-manifest.js";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { Causes } from "./causes.js";
import { type ConcernedServers, concernedServers } from "./concerned-servers.js";
import { type FarAddresses, farAddressesIn, withFarAddresses } from "./far-addresses.js";
import type { Side } from "./side.js";

/** All that is told of two sides, but for the contents of files. */
export interface Difference {
  readonly before: Side;
  readonly after: Side;
  /** Set where one side is the bundle of one phynode: both are cut to it. */
  readonly phynode?: string;
  /** What is to be known before the changes are read. */
  readonly notes: readonly string[];
  readonly comparison: Comparison;
  readonly causes: Causes;
  readonly servers: ConcernedServers;
}

/** Compares two sides; a fault where they are bundles of two phynodes. */
export function differenceOf(before: Side, after: Side): Difference {
  const phynode = commonPhynode(before, after);
  const isPartial = [before, after].some((side) => side.compiled ?? side.phynode);
  const [old, own] = [before, after].map((side) => cut(side, phynode, isPartial)) as [Side, Side];
  const compared = compareManifests(old.manifest, own.manifest);
  const comparison =
    phynode === undefined
      ? compared
      : withFarAddresses(compared, farOf(before, phynode), farOf(after, phynode), own.manifest);
  return {
    before: old,
    after: own,
    ...(phynode !== undefined && { phynode }),
    notes: notesOf(old, own, phynode),
    comparison,
    causes: new Causes(before.compiled, after.compiled),
    servers: concernedServers(comparison, old.manifest, own.manifest),
  };
}

function farOf({ farAddresses, manifest }: Side, phynode: string): FarAddresses {
  return farAddresses ?? farAddressesIn(manifest, phynode);
}

function commonPhynode(before: Side, after: Side): string | undefined {
  const { phynode = after.phynode } = before;
  if (after.phynode === undefined || after.phynode === phynode) return phynode;
  throw new Fault(
    exitCodes.wrongInput,
    `${before.name} is the bundle of phynode ${phynode}, ${after.name} that of ${after.phynode}`,
    "compare bundles of one phynode, or whole builds: two dist, or two topologies",
  );
}

/** What plugins add to `dist` is not known of a bundle, nor of what was compiled without writing it: then it does not count. */
function cut(side: Side, phynode: string | undefined, isPartial: boolean): Side {
  const { manifest } = side;
  const slice = phynode === undefined ? manifest : sliceManifest(manifest, phynode);
  return { ...side, manifest: isPartial ? { ...slice, artifacts: [] } : slice };
}

function notesOf(before: Side, after: Side, phynode: string | undefined): readonly string[] {
  const notes: string[] = [];
  const { lab: old } = before.manifest;
  const { lab: own } = after.manifest;
  const whose = [before, after].filter((side) => side.phynode !== undefined).map(({ name }) => name);
  if (phynode !== undefined) {
    const are = whose.length === 1 ? "is the bundle" : "are bundles";
    notes.push(`only phynode ${phynode}'s slice: ${whose.join(" and ")} ${are} of that server`);
    for (const { name, manifest } of [before, after])
      if (manifest.phynodes.length === 0) notes.push(`${name} has no phynode ${phynode}`);
  }
  if (old !== own)
    notes.push(`these are two labs, ${old} and ${own}: apply does not lead from one to the other`);
  return notes;
}

export type Counts = Partial<Record<Change["change"], number>>;

/** How many of each kind came, went, moved and changed, in this order; where none did it is left out. */
export function countsOf(changes: readonly Change[]): readonly (readonly [ChangeKind, Counts])[] {
  return changeKinds.flatMap((kind) => {
    const own = changes.filter((each) => each.kind === kind);
    const ways = (["added", "removed", "moved", "changed"] as const).map(
      (way) => [way, own.filter(({ change }) => change === way).length] as const,
    );
    return own.length === 0
      ? []
      : [[kind, Object.fromEntries(ways.filter(([, count]) => count > 0))] as const];
  });
}
