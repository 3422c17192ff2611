import { bridgeDevice } from "../phases/2-resolve/nodes.js";
import { sysctlName } from "../phases/2-resolve/sysctls.js";
import type { ManifestNode } from "./manifest.js";
import type { Kept, ManifestPair } from "./manifest-pair.js";

/** These count when an interface or an address is made: what is there keeps to the old value. */
const onlyWhenMade =
  /^net\/ipv6\/conf\/([^/]+)\/(?:disable_ipv6|addr_gen_mode|stable_secret|accept_dad|use_tempaddr)$/;

export interface SysctlChange {
  /** Those whose value in the namespace is another one, sorted. */
  readonly paths: readonly string[];
  /** Whether the node must be made anew for them. */
  readonly remakes: boolean;
}

/** How a node's sysctls differ: those that it sets itself on either side, or those that it has from the baseline on both. */
export function sysctlChange(
  node: Kept<ManifestNode>,
  manifests: Pick<ManifestPair, "before" | "after">,
  of: "node" | "baseline",
): SysctlChange {
  const { before, after } = node;
  const bases = [manifests.before.baseline, manifests.after.baseline] as const;
  const own = { ...before.sysctls, ...after.sysctls };
  const paths = of === "node" ? Object.keys(own) : Object.keys({ ...bases[0], ...bases[1] });
  const changed = paths
    .filter((path) => of === "node" || !Object.hasOwn(own, path))
    .filter((path) => (before.sysctls[path] ?? bases[0][path]) !== (after.sysctls[path] ?? bases[1][path]));
  return { paths: changed.sort(), remakes: changed.some((path) => remakes(path, node)) };
}

/** That of an interface which comes or goes counts when it is made. */
function remakes(path: string, { before, after }: Kept<ManifestNode>): boolean {
  const [, device] = onlyWhenMade.exec(path) ?? [];
  if (device === undefined) return false;
  if (["all", "default", "lo"].includes(device)) return true;
  return [before, after].every((side) =>
    side.kind === "bridge" && device === bridgeDevice
      ? true
      : side.interfaces.some(({ name }) => name === device),
  );
}

/** As a person calls it: `sysctl net.ipv4.conf.all.forwarding`. */
export function sysctlTitle(path: string): string {
  return `sysctl ${sysctlName(path)}`;
}
