import type { Takes } from "./finding.js";
import type { ManifestNode, ManifestProcess } from "./manifest.js";
import { isKept, type Kept, type Pair, pairProcesses } from "./manifest-pair.js";

/** What it takes in a node that what is at this path has changed. */
export function takesOfUsers(node: Kept<ManifestNode>, path: string, what: "file" | "program"): Takes {
  const { name } = node.after;
  const users = [...pairProcesses(node).values()]
    .filter((process) => isKept(process))
    .filter((process) => uses(process, path));
  const reloaded = users.filter(({ after }) => what === "file" && after.reload !== undefined);
  const restarted = users.filter((process) => !reloaded.includes(process));
  return {
    remadeNodes: hasRunWith(node, path) ? [name] : [],
    restarts: restarted.map(({ after }) => `${name}/${after.name}`),
    reloads: reloaded.map(({ after }) => `${name}/${after.name}`),
  };
}

function uses({ before, after }: Pair<ManifestProcess>, path: string): boolean {
  return [before, after].some((side) => side?.uses?.includes(path));
}

/** Whether a command that has been run uses it: none of those that are new does, and they stand behind the others. */
function hasRunWith({ before, after }: Kept<ManifestNode>, path: string): boolean {
  const isSame = before.exec.length === after.exec.length;
  const used = [...(before.execUses ?? []), ...(isSame ? (after.execUses ?? []) : [])];
  return before.exec.length > 0 && used.includes(path);
}
