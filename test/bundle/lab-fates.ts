import type { Effect, Manifest } from "@dune/core";
import type { Phynode } from "./phynode.js";

/** What becomes of a lab's parts, in the terms of `dune diff`. */
export type Fates = Omit<Effect, "live" | "neighbours">;

/** Things of the lab, and for each how it came to be: another text for another one of the same name. */
type Things = ReadonlyMap<string, string>;

/** What becomes of a lab on these servers while `change` makes one version the other. */
export function fatesOf(
  servers: readonly Phynode[],
  [old, next]: readonly [Manifest, Manifest],
  change: () => void,
): Fates {
  const before = thingsOn(servers, marking);
  change();
  const after = thingsOn(servers, unmarking);
  const others = names([...after].filter(([key, now]) => (before.get(key) ?? now) !== now));
  const starts = names([...after].filter(([key]) => !before.has(key)))("process");
  const restarts = others("process");
  const remade = new Set(others("interface"));
  return {
    starts,
    stops: names([...before].filter(([key]) => !after.has(key)))("process"),
    restarts,
    reloads: others("loaded").filter((name) => !starts.includes(name) && !restarts.includes(name)),
    remadeNodes: others("node"),
    remadeLinks: next.links
      .filter(({ id }) => old.links.some((link) => link.id === id))
      .filter(({ endpoints }) => endpoints.some((end) => remade.has(`${end.node}:${end.interface}`)))
      .map(({ name }) => name)
      .sort(),
  };
}

const names =
  (things: readonly (readonly [string, string])[]) =>
  (kind: string): readonly string[] =>
    things
      .flatMap(([key]) => (key.startsWith(`${kind} `) ? [key.slice(key.lastIndexOf(" ") + 1)] : []))
      .sort();

/** An alias, of which dune knows nothing, stays with an interface for as long as it lives. */
const alias = (mark: string): string =>
  `ip -o -n "$node" link | sed 's/^[0-9]*: \\([^:@]*\\).*/link set dev \\1 alias ${mark}/' | ip -n "$node" -batch -`;
const read = 'ip -j -n "$node" link | tr -d "\\n"; printf "\\t%s\\n" "$node"';
const marking = `${alias("old")}; ${read}`;
const unmarking = `${read}; ${alias('""')}`;

/** A process is known by when its pid was written down, and what a `reload` has loaded by when it did. */
const look = (eachNode: string): string => `
  for netns in /run/netns/*; do
    [ -e "$netns" ] || continue
    node=\${netns##*/}
    ${eachNode}
  done
  find /var/lib \\( -path '*/proc/*/*.pid' -o -path '*/node/*/*.loaded' \\) -printf '%P\\t%T@\\n'`;

function thingsOn(servers: readonly Phynode[], eachNode: string): Things {
  return new Map(
    servers.flatMap((server, index) => {
      const { code, stdout, stderr } = server.run(look(eachNode));
      if (code !== 0) throw new Error(`the lab cannot be looked at: ${stderr}`);
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .flatMap((line) => {
          const [what = "", value = ""] = line.split("\t");
          return what.startsWith("[") ? interfacesOf(what, value, index) : [fileOf(what, value, index)];
        });
    }),
  );
}

function fileOf(path: string, time: string, server: number): readonly [string, string] {
  const [_dune, _lab, folder, node, file = ""] = path.split("/");
  const name = `${node}/${file.slice(0, file.lastIndexOf("."))}`;
  return [`${folder === "proc" ? "process" : "loaded"} ${server} ${name}`, time];
}

/** A node is as old as its loopback interface. An interface of a node that moves is another one, and its link with it. */
function interfacesOf(json: string, node: string, server: number): readonly (readonly [string, string])[] {
  const all = JSON.parse(json) as readonly { readonly ifname: string; readonly ifalias?: string }[];
  return all.map(({ ifname, ifalias = "" }) =>
    ifname === "lo"
      ? [`node ${server} ${node}`, ifalias]
      : [`interface ${node}:${ifname}`, `${server} ${ifalias}`],
  );
}
