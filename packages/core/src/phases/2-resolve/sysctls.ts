import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { interfaceHint } from "./node-network.js";
import type { Sysctl } from "./topology.js";

/**
 * What every netns starts from, so that a lab does not depend on the server's settings: a new netns inherits IPv4
 * values from the initial one, and IPv6 would delay addresses by duplicate detection and take any router's advice.
 */
export const baseline: readonly Sysctl[] = [
  { path: "net/ipv4/conf/all/forwarding", value: "0" },
  { path: "net/ipv4/conf/all/rp_filter", value: "0" },
  { path: "net/ipv4/conf/default/rp_filter", value: "0" },
  { path: "net/ipv6/conf/all/accept_dad", value: "0" },
  { path: "net/ipv6/conf/all/accept_ra", value: "0" },
  { path: "net/ipv6/conf/all/keep_addr_on_down", value: "1" },
  { path: "net/ipv6/conf/default/accept_dad", value: "0" },
  { path: "net/ipv6/conf/default/accept_ra", value: "0" },
  { path: "net/ipv6/conf/default/keep_addr_on_down", value: "1" },
];

interface Where {
  readonly label: string;
  at(key: string, target: "key" | "value"): Origin;
}

/** A node's sysctls over the baseline, in the order in which they are written. */
export function nodeSysctls(
  declared: Readonly<Record<string, string>>,
  interfaces: readonly string[],
  where: Where,
  reporter: Reporter,
): readonly Sysctl[] {
  const byPath = new Map(baseline.map((sysctl) => [sysctl.path, sysctl]));
  for (const { key, sysctl } of readSysctls(declared, where, reporter)) {
    if (!sysctl.path.startsWith("net/")) {
      reporter.report("resolve/bad-sysctl", {
        message: `${where.label} sets "${key}", which is not a setting of a netns`,
        at: where.at(key, "key"),
        hint: "a node can set net.* only; settings of the server go to infrastructure.nodes.NAME.sysctls",
      });
    } else if (sysctl.interface !== undefined && !interfaces.includes(sysctl.interface)) {
      reporter.report("resolve/unknown-interface", {
        message: `${where.label} sets a sysctl of interface "${sysctl.interface}", which it does not have`,
        at: where.at(key, "key"),
        hint: interfaceHint(sysctl.interface, interfaces),
      });
    } else byPath.set(sysctl.path, sysctl);
  }
  return [...byPath.values()].sort(byRank);
}

/** A server's own sysctls. */
export function phynodeSysctls(
  declared: Readonly<Record<string, string>>,
  where: Where,
  reporter: Reporter,
): readonly Sysctl[] {
  return readSysctls(declared, where, reporter)
    .map(({ sysctl }) => sysctl)
    .sort(byRank);
}

/** Each setting once: of two names for one, neither is stronger. */
function readSysctls(
  declared: Readonly<Record<string, string>>,
  where: Where,
  reporter: Reporter,
): readonly { readonly key: string; readonly sysctl: Sysctl }[] {
  const keys = new Map<string, string>();
  return Object.keys(declared).flatMap((key) => {
    const sysctl = readSysctl(key, declared[key] as string, where, reporter);
    if (sysctl === undefined) return [];
    const other = keys.get(sysctl.path);
    keys.set(sysctl.path, key);
    if (other === undefined) return { key, sysctl };
    reporter.report("resolve/bad-sysctl", {
      message: `${where.label} sets one sysctl under two names, "${other}" and "${key}"`,
      at: where.at(key, "key"),
      related: [{ message: "the other name", at: where.at(other, "key") }],
      hint: "write one name everywhere: a value replaces an inherited one of the same name only",
    });
    return [];
  });
}

/** The file below `/proc/sys` that a key names, and the interface in it, which may have dots in its name. */
function parseSysctlKey(key: string): { readonly path: string; readonly name?: string } {
  const perInterface = /^(net[./](?:ipv4|ipv6|mpls)[./](?:conf|neigh))[./](.+)[./]([a-z0-9_]+)$/.exec(key);
  const [, family, name, setting] = perInterface ?? [];
  if (family === undefined || name === undefined)
    return { path: canonical(key.includes("/") ? key : key.replaceAll(".", "/")) };
  return { path: canonical(`${family.replaceAll(".", "/")}/${name}/${setting}`), name };
}

/** Two names of one setting: with both in the list the later would win by its place in the alphabet. */
function canonical(path: string): string {
  return path === "net/ipv4/ip_forward" ? "net/ipv4/conf/all/forwarding" : path;
}

/** A sysctl as sysctl(8) names it, of all the ways to write its key. */
export function sysctlName(key: string): string {
  return parseSysctlKey(key).path.replaceAll("/", ".");
}

function readSysctl(key: string, value: string, where: Where, reporter: Reporter): Sysctl | undefined {
  const { path, name } = parseSysctlKey(key);
  if (!isSysctlPath(path)) {
    reporter.report("resolve/bad-sysctl", {
      message: `${where.label}: ${JSON.stringify(key)} is not the name of a sysctl`,
      at: where.at(key, "key"),
      hint: 'write it as sysctl does, e.g. "net.ipv6.conf.all.forwarding"',
    });
    return undefined;
  }
  if (/[\n\r]/.test(value)) {
    reporter.report("resolve/bad-sysctl", {
      message: `${where.label} sets ${JSON.stringify(key)} to a text of more than one line`,
      at: where.at(key, "value"),
      hint: "a sysctl is written in one line",
    });
    return undefined;
  }
  const own = name !== undefined && name !== "all" && name !== "default";
  return { path, value, ...(own && { interface: name }) };
}

/** Whether it names a file below `/proc/sys`. */
export function isSysctlPath(path: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/.test(path);
}

/** `all`, `default`, the rest, then those of one interface: `default` does nothing for an interface that exists. */
function byRank(a: Sysctl, b: Sysctl): number {
  return rank(a) - rank(b) || (a.path < b.path ? -1 : 1);
}

function rank(sysctl: Sysctl): number {
  if (sysctl.interface !== undefined) return 3;
  return sysctl.path.includes("/conf/all/") ? 0 : sysctl.path.includes("/conf/default/") ? 1 : 2;
}
