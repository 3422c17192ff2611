import { formatDuration } from "../values/duration.js";
import {
  compareLists,
  compareRecords,
  compareScalars,
  compareSets,
  compareTables,
} from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import type { Finding, Takes } from "./finding.js";
import { isSame } from "./is-same.js";
import type { Manifest, ManifestProcess } from "./manifest.js";
import { isKept, type Kept, type ManifestPair, type Pair, pairProcesses } from "./manifest-pair.js";

/** Processes of the nodes that both manifests have. */
export function compareProcesses({ before, after, differing }: ManifestPair): readonly Finding[] {
  const areUsesKnown = [before, after].every(knowsUses);
  return [...differing].flatMap(([node, pair]) =>
    [...pairProcesses(pair)].flatMap(([name, process]) => processFinding(node, name, process, areUsesKnown)),
  );
}

/** A lab of any use uses something somewhere. */
function knowsUses({ nodes }: Manifest): boolean {
  return nodes.some(({ processes }) => processes.some(({ uses }) => uses !== undefined));
}

function processFinding(
  node: string,
  process: string,
  pair: Pair<ManifestProcess>,
  areUsesKnown: boolean,
): readonly Finding[] {
  const name = `${node}/${process}`;
  const entity = { kind: "process", name, subject: { node, process } } as const;
  if (pair.before === undefined) {
    return [{ ...entity, change: "added", values: [], takes: { live: true, starts: [name] } }];
  }
  if (!isKept(pair)) {
    return [{ ...entity, change: "removed", values: [], takes: { live: true, stops: [name] } }];
  }
  if (isSame(pair.before, pair.after)) return [];
  const restarting = restartingValues(pair);
  const live = liveValues(pair);
  const values = [...restarting, ...live, ...extensionValues(pair)];
  const all = values.length > 0 ? values : usesValues(pair, areUsesKnown);
  if (all.length === 0) return [];
  const takes: Takes = {
    live: live.length + (all.length - values.length) > 0,
    restarts: restarting.length > 0 ? [name] : [],
  };
  return [{ ...entity, change: "changed", values: all, takes }];
}

/** What only a new start takes up. */
function restartingValues({ before, after }: Kept<ManifestProcess>): readonly ValueChange[] {
  return [
    ...compareScalars(["cmd", ["cmd"]], before.cmd, after.cmd),
    ...compareScalars(["cores"], before.cores.join(", "), after.cores.join(", ")),
    ...compareRecords((name) => [`environ.${name}`, ["environ", name]], before.environ, after.environ),
  ];
}

/** What counts the next time that it is asked for. */
function liveValues({ before, after }: Kept<ManifestProcess>): readonly ValueChange[] {
  return [
    ...compareScalars(["ready", ["ready"]], before.ready, after.ready),
    ...compareScalars(
      ["ready_timeout", ["ready_timeout"]],
      before.readyTimeoutNs,
      after.readyTimeoutNs,
      formatDuration,
    ),
    ...compareLists(["post_up", ["post_up"]], before.postUp, after.postUp),
    ...compareLists(["pre_down", ["pre_down"]], before.preDown, after.preDown),
    ...compareScalars(["down", ["down"]], before.down, after.down),
    ...compareScalars(["reload", ["reload"]], before.reload, after.reload),
  ];
}

function extensionValues({ before, after }: Kept<ManifestProcess>): readonly ValueChange[] {
  return compareTables([], before.extensions ?? {}, after.extensions ?? {});
}

/**
 * What it uses follows from its strings and from files: where its strings say it already, it is not said again. Manifests of
 * before do not know it.
 */
function usesValues({ before, after }: Kept<ManifestProcess>, areKnown: boolean): readonly ValueChange[] {
  return areKnown ? compareSets(["uses", ["uses"]], before.uses ?? [], after.uses ?? []) : [];
}
