// What three networks are compared by: `ip -j -d`, `tc -j` and the sysctls of each namespace.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Without /run/netns `ip` does not look at every namespace for the names of those that links lead to. */
const outer = `
umount -l /run/netns
xargs -P "$(nproc)" -I '{}' nsenter "--net=/proc/$1/root/run/netns/{}" sh "$2/inner.sh" '{}' "$2" <"$2/namespaces"
`;

const inner = `
ip -j -d link >"$2/$1.link"
ip -j -d addr >"$2/$1.addr"
tc -j qdisc >"$2/$1.qdisc"
cd /proc/sys && xargs grep -H '' <"$2/sysctls" >"$2/$1.sysctls"
`;

/** A record per namespace and kind, as text; the same text is the same network. */
export async function dumpNetwork(phynode, name, { namespaces }) {
  const folder = join(phynode.folder, `dump-${name}`);
  mkdirSync(folder);
  const paths = namespaces.flatMap(({ before, after }) => [...before, ...after].map(({ path }) => path));
  const write = (file, lines) => writeFileSync(join(folder, file), `${lines.join("\n")}\n`);
  write(
    "namespaces",
    namespaces.map((each) => each.name),
  );
  write("sysctls", [...new Set(paths)].sort());
  write("outer.sh", [outer]);
  write("inner.sh", [inner]);
  const enter = 'exec unshare -m --propagation slave sh "$1/outer.sh" "$$" "$1"';
  await phynode.run("sh", "-c", `(${enter})`, "sh", folder);
  const records = new Map();
  for (const each of namespaces)
    for (const kind of ["link", "addr", "qdisc", "sysctls"]) {
      const text = readFileSync(join(folder, `${each.name}.${kind}`), "utf8");
      records.set(`${each.name} ${kind}`, kind === "sysctls" ? text : normalised(text));
    }
  return records;
}

/** The kernel counts the namespaces that a namespace knows in the order in which it meets them. */
function normalised(json) {
  return JSON.stringify(JSON.parse(json, (key, value) => (key === "link_netnsid" ? undefined : value)));
}

/** The first record in which two dumps differ, or undefined. */
export function firstDifference(a, b) {
  for (const [key, text] of a) {
    if (b.get(key) === text) continue;
    const other = b.get(key) ?? "";
    let at = 0;
    while (text[at] === other[at]) at++;
    const near = (string) => string.slice(Math.max(0, at - 60), at + 60);
    return `${key}: …${near(text)}… against …${near(other)}…`;
  }
  return undefined;
}
